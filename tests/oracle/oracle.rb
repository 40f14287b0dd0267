#!/usr/bin/env ruby
# SPDX-License-Identifier: MIT
# oracle.rb -- what Ruby's own ERB makes of a template
#
#   oracle.rb regenerate DIR            writes each NAME.out of DIR anew from NAME.erb
#   oracle.rb random DIR COUNT [SEED]   fills DIR with COUNT random cases
#   oracle.rb render FACTS.json FILE    prints one template
#
# A case is NAME.erb with NAME.facts.json (or the folder's facts.json), and either NAME.out, the
# bytes that Ruby prints, or NAME.err, our message. Facts are local variables to the template. In a
# hash that came with a fact, a.b reads key b, as objects in Ruby code would have it.
#
# A template error-*.erb fails in Ruby too. One strict-*.erb renders in Ruby, and envagent refuses it
# on purpose; regenerate checks both.

require 'erb'
require 'json'

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
    JSON.parse(File.read(path), object_class: FactHash)
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

case ARGV[0]
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
