#!/usr/bin/env ruby
# SPDX-License-Identifier: MIT
# oracle.rb -- what Ruby's own ERB makes of a template
#
#   oracle.rb regenerate DIR            writes each NAME.out of DIR anew from NAME.erb
#   oracle.rb page PAGE                 renders the examples of a man page, and compares
#   oracle.rb shell DIR                 renders DIR/snippet.erb with DIR/bin in PATH, and compares
#   oracle.rb random DIR COUNT [SEED]   fills DIR with COUNT random cases
#   oracle.rb render FACTS.json FILE    prints one template
#
# A case is NAME.erb with NAME.facts.json (or the folder's facts.json), and either NAME.out, the
# bytes that Ruby prints, or NAME.err, our message. Facts are local variables to the template. In a
# hash that came with a fact, a.b reads key b, as objects in Ruby code would have it. JSON carries no
# bytes that are no UTF-8: a text whose name begins with latin1_ stands for its bytes in that encoding.
#
# A template error-*.erb fails in Ruby too. One strict-*.erb renders in Ruby, and envagent refuses it
# on purpose; regenerate checks both.

require 'erb'
require 'json'
require 'tmpdir'

Encoding.default_external = Encoding::UTF_8

module Oracle
  # An object of a fact.
  class FactHash < Hash
    def method_missing(name, *args, &block)
      return self[name.to_s] if args.empty? && block.nil? && key?(name.to_s)

      super
    end

    def respond_to_missing?(name, all = false)
      key?(name.to_s) || super
    end
  end

  NilOutput = Class.new(StandardError)

  # ERB in which an output tag whose value is nil fails.
  class StrictERB < ERB
    class Compiler < ERB::Compiler
      def add_insert_cmd(out, content)
        out.push("#{@insert_cmd}((#{content}).tap { |v| raise Oracle::NilOutput if v.nil? }.to_s)")
      end
    end

    def make_compiler(trim_mode)
      Compiler.new(trim_mode)
    end
  end

  module_function

  def facts(path)
    facts = JSON.parse(File.read(path), object_class: FactHash)
    facts.to_h { |name, v| [name, name.start_with?('latin1_') ? v.encode('ISO-8859-1').force_encoding('UTF-8') : v] }
  end

  # A scope in which the facts are the only locals.
  def scope
    binding
  end

  def render(text, facts, strict: true)
    scope = Object.new.extend(Oracle).send(:scope)
    facts.each { |name, value| scope.local_variable_set(name, value) }
    (strict ? StrictERB : ERB).new(text, trim_mode: '-').result(scope).b
  end

  # The text, or nil and the reason.
  def try(text, facts, strict: true)
    [render(text, facts, strict: strict), nil]
  rescue StandardError, SyntaxError => e
    [nil, "#{e.class}: #{e.message.lines.first}"]
  end
end

def regenerate(dir)
  wrong = 0
  Dir[File.join(dir, '*.erb')].sort.each do |path|
    base = path.delete_suffix('.erb')
    facts = Oracle.facts([base + '.facts.json', File.join(dir, 'facts.json')].find { |f| File.exist?(f) })
    strict = File.basename(path).start_with?('strict-')
    out, why = Oracle.try(File.binread(path).force_encoding('UTF-8'), facts, strict: !strict)
    if File.exist?(base + '.err')
      next if strict == !out.nil?

      puts "#{path}: #{strict ? "fails in Ruby: #{why}" : 'renders in Ruby'}"
      wrong += 1
    elsif out.nil?
      puts "#{path}: fails in Ruby: #{why}"
      wrong += 1
    else
      File.binwrite(base + '.out', out)
    end
  end
  exit(wrong.zero? ? 0 : 1)
end

# An example is a literal block behind .\\" example, followed by one behind .\\" prints or .\\" fails.
def page(path)
  blocks = File.read(path).scan(/^\.\\" (facts|example|prints|fails)[^\n]*\n\.Bd[^\n]*\n(.*?)^\.Ed$/m)
               .map { |kind, text| [kind, text.gsub('\\e') { '\\' }.gsub('\\&', '')] }
  File.write(facts = File.join(Dir.tmpdir, "facts-#{$$}.json"), blocks.assoc('facts').last)
  wrong = 0
  blocks.each_cons(2) do |(kind, text), (result, expected)|
    next unless kind == 'example'

    out, why = Oracle.try(text, Oracle.facts(facts))
    next if result == 'fails' ? out.nil? : out == expected.b

    puts "#{path}: Ruby prints for\n#{text}#{out || why}"
    wrong += 1
  end
  File.delete(facts)
  puts "#{path}: #{blocks.count { |kind, _| kind == 'example' }} examples, #{wrong} wrong"
  exit(wrong.zero? ? 0 : 1)
end

# What services ask for themselves, in backticks: NAME.out is what comes out where the gateway is so.
def shell(dir)
  ENV['PATH'] = "#{File.expand_path('bin', dir)}:/usr/bin:/bin"
  text = File.binread(File.join(dir, 'snippet.erb')).force_encoding('UTF-8')
  wrong = { 'answers' => 'answered', 'is-silent' => 'silent' }.count do |gateway, name|
    ENV['GW'] = gateway
    out, why = Oracle.try(text, {})
    next if out == File.binread(File.join(dir, "#{name}.out"))

    puts "#{dir}: where the gateway #{gateway} Ruby prints\n#{out || why}"
    true
  end
  puts "#{dir}: 2 results, #{wrong} wrong"
  exit(wrong.zero? ? 0 : 1)
end

case ARGV[0]
when 'page'
  page(ARGV.fetch(1))
when 'shell'
  shell(ARGV.fetch(1))
when 'regenerate'
  regenerate(ARGV.fetch(1))
when 'random'
  require_relative 'random'
  RandomCases.write(ARGV.fetch(1), Integer(ARGV.fetch(2)), Integer(ARGV[3] || 1))
when 'render'
  print Oracle.render(File.binread(ARGV.fetch(2)).force_encoding('UTF-8'), Oracle.facts(ARGV.fetch(1)))
else
  warn File.read(__FILE__)[/^#   oracle.*?(?=\n#\n)/m]
  exit 2
end
