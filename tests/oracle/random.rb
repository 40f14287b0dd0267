# SPDX-License-Identifier: MIT
# random.rb -- random templates over the whole language, most of them sound, some of them not
#
# Every third one is a mutant: a template with a slip of the pen. envagent may refuse one that Ruby
# takes, for it is stricter; what it renders must be Ruby's bytes, and what Ruby refuses it refuses.

require 'fileutils'
require 'json'
require 'timeout'

# Methods that a wrong receiver finds by accident, and that the language leaves out.
String.undef_method(:sum)
Hash.undef_method(:uniq, :flatten, :first)
Integer.undef_method(:size, :[])

# sub and gsub take a text or a block here, no hash.
module TextOnly
  def sub(*args, &block)
    args[1].is_a?(Hash) ? raise(TypeError) : super
  end

  def gsub(*args, &block)
    args[1].is_a?(Hash) ? raise(TypeError) : super
  end
end
String.prepend(TextOnly)

# A number's text is US-ASCII to Ruby, so inspect writes a NUL that is added to it as "\x00" and that
# of any other text as "\u0000"; here all text is UTF-8. No case adds one to an ASCII text.
class RandomCases
  FACTS = {
    'config_id' => '4190101', 'latin1_bad' => "a\u00FFb,\u00C3 ", 'uni' => "é̃ß\u0000\u007F\u2028\u00AD😀İı", 'host' => 'web-1', 'port' => 8080, 'count' => 3, 'zero' => 0,
    'negative' => -7, 'ready' => true, 'off' => false, 'nothing' => nil, 'empty' => '',
    'blank' => "  \t padded text \n", 'text' => "Grüße, \"welt\" & 'co' #{'#'}{x} \\ é→😀",
    'csv' => 'b,a,,c,b', 'words' => %w[delta alpha Charlie bravo alpha], 'numbers' => [3, 1, 2, 3, -4],
    'mixed' => [1, 'two', nil, true, [3, 'four'], { 'five' => 5 }], 'none' => [],
    'ratio' => 1.5, 'floats' => [0.1, 1e20, 1.0e-5, 100.0, 123456.789],
    'service' => { 'name' => 'sra', 'port' => 443, 'tls' => true, 'tags' => %w[x y], 'opts' => { 'a' => 1, 'b' => nil } },
    'hosts' => [
      { 'name' => 'web-1', 'ip' => '10.60.0.21', 'roles' => %w[web], 'weight' => 2 },
      { 'name' => 'db-1', 'ip' => '10.60.0.30', 'roles' => %w[db dns], 'weight' => 1 },
      { 'name' => 'app', 'ip' => '10.60.0.4', 'roles' => [], 'weight' => 2 }
    ],
    'limits' => { 'cpu' => 4, 'mem' => 16, 'disk' => 4 }
  }.freeze

  def self.write(dir, count, seed)
    FileUtils.mkdir_p(dir)
    FileUtils.rm_f(Dir[File.join(dir, '{mutant-,}[0-9]*.{erb,out,err}')])
    File.write(File.join(dir, 'facts.json'), JSON.generate(FACTS))
    failed = 0
    count.times do |i|
      random = new(seed * 1_000_003 + i)
      text = random.template
      text = random.slip(text) if (i % 3).zero?
      base = File.join(dir, format('%s%05d', (i % 3).zero? ? 'mutant-' : '', i))
      File.binwrite(base + '.erb', text)
      out, why = Timeout.timeout(60) { Oracle.try(text, Oracle.facts(File.join(dir, 'facts.json'))) }
      failed += 1 if out.nil?
      out ? File.binwrite(base + '.out', out) : File.binwrite(base + '.err', "#{why}\n")
    end
    puts "#{count} templates, #{failed} of them fail in Ruby"
  end

  def initialize(seed)
    @r = Random.new(seed)
    @scopes = [{}]
    @wild = @r.rand < 0.3 ? 0.03 : 0
    @crlf = @r.rand < 0.1
    @blocks = 0
  end

  def template
    s = Array.new(1 + rand(6)) { piece(3) }.join
    s = s.gsub("\n", "\r\n") if @crlf
    s
  end

  # No backtick: a mutant shall run nothing.
  SLIPS = ["'", '"', '(', ')', '[', ']', '{', '}', '|', '.', ',', ' ', "\n", ':', '?', '!', '-', '+', '*', '%', '=', '<', '>', '&', '#',
           '\\', ';', '0', 'x', '_', '%>', '<%', '%%>', ' if ', ' and ', ' do ', 'end', '..', '&.', ' - ', ' -', '- ', '#{', '||', '==',
           ' or ', 'not ', ' ? ', ' : ', "\r\n", ' 1', '@', 'é'].freeze

  def slip(text)
    chars = text.chars
    (1 + rand(2)).times do
      at = rand(chars.size + 1)
      case rand(4)
      when 0 then chars.delete_at(at)
      when 1 then chars.insert(at, SLIPS[rand(SLIPS.size)])
      when 2 then chars[at] = SLIPS[rand(SLIPS.size)] if at < chars.size
      else chars[at], chars[at + 1] = chars[at + 1], chars[at] if at + 1 < chars.size
      end
    end
    chars.join
  end

  private

  def rand(n)
    @r.rand(n)
  end

  def one(*list)
    list[rand(list.size)]
  end

  def chance(p)
    @r.rand < p
  end

  # ---- text and tags ----

  def sp
    one('', ' ', ' ', ' ', '  ')
  end

  def open_tag
    one('<% ', '<% ', "<%\n", '<%- ', '<%')
  end

  def close_tag
    one(' %>', ' %>', '%>', ' -%>', " -%>\n", "\n%>", " %>\n", "-%>\n")
  end

  def text
    one("\n", ' ', "  ", 'key: ', "line\n", "a b\n  ", 'é→', '%> ', '<%% ', '%%>', "\t", '"q" #{x} \\', "-%>\n",
        "x  ", "\n\n", '%', '< ', "'", '')
  end

  def piece(depth)
    k = rand(12)
    return text if k < 3 || depth.zero?
    return "#{one('<%=', '<%=', '<%= ')}#{sp}#{shown}#{one(' %>', '%>', ' -%>', " -%>\n")}" if k < 8
    return "#{one('<%#', "<%# a 'b \" %%> c")}#{one(' x ', '')}#{one('%>', "-%>\n", "-%>")}" if k == 8
    return "#{open_tag}#{statement}#{close_tag}" if k == 9
    return branch(depth) if k == 10

    loop_(depth)
  end

  def body(depth)
    Array.new(rand(3)) { piece(depth - 1) }.join
  end

  def branch(depth)
    word = one('if', 'if', 'unless')
    s = "#{open_tag}#{word} #{condition}#{one('', '', ' then')}#{close_tag}#{body(depth)}"
    s += "#{open_tag}elsif #{condition}#{close_tag}#{body(depth)}" if word == 'if' && chance(0.3)
    s += "#{open_tag}else#{close_tag}#{body(depth)}" if chance(0.5)
    s + "#{open_tag}end#{close_tag}"
  end

  def in_block(names)
    @scopes.push(@scopes.last.merge(names))
    @blocks += 1
    yield
  ensure
    @blocks -= 1
    @scopes.pop
  end

  def loop_(depth)
    kind = rand(6)
    call, names = case kind
                  when 0 then ["#{strs(1)}.each", { 'x' => :str }]
                  when 1 then ["#{strs(1)}.each_with_index", { 'x' => :str, 'i' => :int }]
                  when 2 then ['hosts.each', { 'h' => :host }]
                  when 3 then [one('limits.each_pair', 'limits.each'), { 'k' => :str, 'v' => :int }]
                  when 4 then ["#{one('3', 'count', '2')}.times", { 'i' => :int }]
                  else ["#{ints(1)}.each", { 'n' => :int }]
                  end
    # sometimes the name of a fact, which the parameter hides
    names = names.transform_keys { |k| k == 'x' ? one('x', 'x', 'host', 's13') : k }
    params = "|#{names.keys.join(', ')}|"
    opening, closing = one(["do #{params}", 'end'], ["{ #{params}", '}'])
    in_block(names) do
      jump = chance(0.2) ? "#{open_tag}#{one('next', 'break')} if #{condition}#{close_tag}" : ''
      "#{open_tag}#{call} #{opening}#{close_tag}#{jump}#{body(depth)}#{open_tag}#{closing}#{close_tag}"
    end
  end

  def statement
    type = one(:int, :str, :bool, :strs, :ints)
    name = "#{type[0]}#{one('1', '2')}#{type.to_s.size}"
    old = @scopes.last[name]
    s = if old == :int && chance(0.4)
          "#{name} #{one('+=', '-=', '*=')} #{one('1', '2', 'count')}"
        elsif old == :str && chance(0.4)
          "#{name} += #{expr(:str, 1)}"
        elsif chance(0.1)
          "#{name} ||= #{expr(type, 2)}"
        else
          "#{name} = #{expr(type, 2)}"
        end
    @scopes.last[name] = type
    s
  end

  def condition
    chance(0.5) ? expr(:bool, 2) : one(expr(:bool, 1), 'nothing', 'empty', 'off', 'ready', 'not ready', "#{expr(:bool, 1)} and #{expr(:bool, 1)}",
                                      "#{expr(:bool, 1)} or not #{expr(:bool, 1)}", 'words.include? host', expr(:str, 1))
  end

  def shown
    type = one(:str, :str, :str, :int, :bool, :strs, :ints, :hash, :any)
    s = expr(type, 3)
    s = "(#{s}) || 'none'" if type == :any && chance(0.7)
    case rand(14)
    when 0 then chance(0.3) ? "#{s} if #{condition}" : "(#{s} if #{condition}) || ''"
    when 1 then chance(0.3) ? "#{s} unless #{condition}" : "(#{s} unless #{condition}).inspect"
    when 2, 3 then "(#{s}).inspect"
    when 4, 5 then "(#{s}).to_json"
    when 6 then "words.join #{one("','", '"-"', "', '")}"
    when 7 then "x9 = #{s}; x9"
    when 8 then raw(4)
    else s
    end
  end

  # Operators of all levels without parentheses: precedence decides, not the types.
  def raw(n)
    atoms = %w[1 2 -7 negative count zero ready off nothing port 3 -1]
    s = one(*atoms)
    n.times { s += " #{one('+', '-', '*', '/', '%', '==', '!=', '<', '>', '<=', '>=', '&&', '||', '<=>', '? 1 :', '&&', '||')} #{one('', '', '', '!', '-')}#{one(*atoms)}" }
    one("(#{s}).inspect", "(#{one('not ', '')}#{s} #{one('and', 'or')} #{one('not ', '')}#{one(*atoms)}).inspect")
  end

  # ---- expressions by type ----

  def expr(type, depth)
    type = one(:int, :str, :bool, :strs, :ints, :hash, :any, :nil) if chance(@wild)
    locals = @scopes.last.select { |_, t| t == type }.keys
    return one(*locals) if !locals.empty? && chance(0.25)

    s = send(type, depth)
    chance(0.1) ? "(#{s})" : s
  end

  def nil(_depth = 0)
    one('nil', 'nothing')
  end

  def any(depth)
    return one('mixed', 'service', 'limits', 'floats', 'ratio', 'hosts', ':sym', '{ a: 1, :b => nil }', 'mixed[4]', 'service.opts') if depth.zero? || chance(0.5)

    one("#{expr(:any, depth - 1)} || #{expr(:str, 0)}",
        "#{condition} ? #{expr(:any, depth - 1)} : #{expr(:str, 0)}",
        "[#{expr(:any, depth - 1)}, #{expr(:any, depth - 1)}]",
        "{ #{expr(:str, 0)} => #{expr(:any, depth - 1)}, k: #{expr(:int, 0)} }",
        "mixed.#{one('compact', 'flatten', 'reverse', 'first', 'last', 'uniq', 'first(2)', 'last(3)', 'first(0)', 'first(-1)', 'last(99)', 'fetch(2)', 'fetch(-6)', 'fetch(9)', "fetch(9, 'd')", 'fetch(9) { |i| i * 2 }', 'sort', 'max', 'sum', 'dig(4, 1)', 'dig(5, "five")', 'dig(1, 0)')}",
        "#{paren(:hash, depth - 1)}.#{one("fetch('cpu')", "fetch('cpu', nil)", "fetch('no') { |k| k + '!' }", "['cpu']", "dig('tags', 0)", "dig('name', 0)", 'values.first', 'find { |k, v| v }', 'sum { |k, v| v.to_i }')}",
        "mixed[#{rand(9) - 4}]", "mixed[#{rand(4)}, #{rand(4)}]", 'mixed.map { |m| m.to_s }',
        "limits.#{one('to_a', 'min_by { |k, v| v }', 'max_by { |k, v| [v, k] }', 'sort_by { |k, v| [v, k] }', 'find { |k, v| v == 4 }', 'sort', 'map { |p| p }', 'map { |k, (v, w)| [w, v, k] }', 'select { |k| k }', 'min', 'max', 'each_with_index { |(k, v), i| i }', 'each_pair { |k, v| break [v, k] }')}",
        'hosts.find { |q| q.name == host }', 'service&.name', 'nothing&.name.inspect',
        'service.dig("opts", "a")', 'service["opts"]["b"].inspect', 'hosts.dig(1, "roles", 0)', 'defined?(host)', 'defined?(zork).inspect')
  end

  def bool(depth)
    return one('true', 'false', 'ready', 'off', 'service.tls', '!off') if depth.zero?

    d = depth - 1
    case rand(11)
    when 0 then "#{expr(:int, d)} #{one('==', '!=', '<', '>', '<=', '>=')} #{expr(:int, d)}"
    when 1 then "#{expr(:str, d)} #{one('==', '!=', '<', '>')} #{expr(:str, d)}"
    when 2 then "#{paren(:bool, d)} #{one('&&', '||')} #{paren(:bool, d)}"
    when 3 then "!#{paren(:bool, d)}"
    when 4 then "#{paren(:str, d)}.#{one('empty?', 'nil?', "include?(#{expr(:str, 0)})", "start_with?(#{expr(:str, 0)}, 'w')", "end_with?(#{expr(:str, 0)})")}"
    when 5 then "#{paren(:strs, d)}.#{one('empty?', "include?(#{expr(:str, 0)})", 'any?', 'all? { |q| q.length > 2 }', "any? { |q| q == #{expr(:str, 0)} }", 'none?', "include?(#{expr(:any, 0)})", 'none? { |q| q.empty? }', 'all?', 'any? { |q| q }', 'nil?')}"
    when 6 then "#{paren(:int, d)}.#{one('zero?', 'even?', 'odd?', 'nil?')}"
    when 7 then "#{paren(:hash, d)}.#{one('key?("cpu")', 'empty?', 'any? { |k, v| v == 4 }', 'all? { |k, v| v }', 'include?("mem")', 'key?(:a)', 'key?(1)', 'any?', 'none? { |k, v| v.nil? }', 'nil?')}"
    when 8 then "#{expr(:strs, d)} == #{expr(:strs, d)}"
    when 9 then "#{condition} ? #{expr(:bool, 0)} : #{expr(:bool, 0)}"
    else "#{expr(:ints, d)} #{one('==', '!=')} #{expr(:ints, d)}"
    end
  end

  def paren(type, depth)
    s = expr(type, depth)
    s =~ /\A[a-z_]+[0-9]*\z/ ? s : "(#{s})"
  end

  def int(depth)
    return one(rand(20).to_s, "-#{rand(20)}", 'port', 'count', 'zero', 'negative', '1_000', '0x1f', 'service.port', "limits['mem']", '017') if depth.zero?

    d = depth - 1
    case rand(10)
    when 0, 1 then "#{expr(:int, d)}#{one(' + ', ' - ', '+', ' * ', ' / ', ' % ')}#{expr(:int, d)}"
    when 2 then "#{paren(:str, d)}.#{one('length', 'size', 'to_i', 'strip.size')}"
    when 3 then "#{paren(:strs, d)}.#{one('length', 'size', 'count', 'sum { |q| q.length }', 'map(&:length).max.to_i', 'sum(&:size)', 'count { |q| q > "b" }')}"
    when 4 then "#{paren(:ints, d)}.#{one('sum', 'min.to_i', 'max.to_i', 'first.to_i', 'last.to_i', 'length', 'count { |q| q > 1 }', 'sum { |q| q * q }', 'sum(10)', 'count', 'fetch(0, -1)', 'min_by { |q| -q }.to_i', 'max_by { |q| q % 3 }.to_i')}"
    when 5 then "#{paren(:int, d)}.#{one('to_i', 'to_s.length', 'inspect.to_i', 'to_json.to_i')}"
    when 6 then "-#{paren(:int, d)}"
    when 7 then "(#{expr(:bool, d)} ? #{expr(:int, 0)} : #{expr(:int, 0)})"
    when 8 then "#{paren(:hash, d)}.#{one('length', 'size', 'values.compact.length', 'count')}"
    else "(#{expr(:int, d)} <=> #{expr(:int, d)})"
    end
  end

  def literal
    one("'a'", '"b"', "''", '""', "'it\\'s \\n'", '"tab\\tnl\\n\\"q\\" \\\\ \\e \\x41 \\u00e9 \\u{1F600} \\s|"', '"é"', "'%d'",
        '"#{config_id}"', '"a#{port}b"', '"#{host}-#{count + 1}"', '"#{words.map { |w| "<#{w}>" }.join}"', "'a' 'b'", '"x" "#{zero}"',
        '"\\#{no}"', "'%%>'", '"#"', '"# {"', '"\\101é\\0"', '"#{}"', '"#{nothing}"', '"\\#$x \\#@y"')
  end

  def str(depth)
    return one('config_id', 'host', 'empty', 'blank', 'text', 'csv', 'service.name', 'uni', chance(0.1) ? 'latin1_bad' : 'host', "hosts[0]['ip']", 'words[1]', literal, literal) if depth.zero?

    d = depth - 1
    case rand(16)
    when 0, 1 then "#{expr(:str, d)} + #{expr(:str, d)}"
    when 2 then "#{paren(:str, d)} * #{rand(4)}"
    when 3, 4 then "#{paren(:str, d)}.#{one('strip', 'lstrip', 'rstrip', 'upcase', 'downcase', 'capitalize', 'reverse', 'chomp', 'to_s', 'inspect', 'to_json')}"
    when 5 then "#{paren(:str, d)}.#{one('sub', 'gsub')}(#{expr(:str, 0)}, #{one("'-'", "'[\\0]'", '"\\\\&\\\\`\\\\\'"', expr(:str, 0))})"
    when 6 then "#{paren(:int, d)}.#{one('to_s', 'inspect', 'to_json')}"
    when 7 then "#{paren(:strs, d)}.#{one('join', "join(',')", 'join(", ")', 'first.to_s', 'last.to_s', 'min.to_s', 'max.to_s', 'inspect', 'to_json', 'to_s', "sum('')")}"
    when 8 then "\"#{one('', 'a')}\#{#{expr(one(:int, :str, :bool, :any), d).gsub('%%>', '')}}#{one('', 'b ')}\""
    when 9 then "(#{condition} ? #{expr(:str, d)} : #{expr(:str, 0)})"
    when 10 then "#{paren(:str, d)}.#{one('ljust(8)', "rjust(8, '.')", 'delete_prefix("w")', 'delete_suffix("1")', 'ljust(0)', "rjust(-3, 'x')", "ljust(6, 'é→')", "ljust(5, '')", "sub('e') { |m| m.upcase }", "gsub('') { |m| '.' }", "gsub('a') { |m| next '!' if ready; m }", "delete_prefix('')")}"
    when 11 then "#{paren(:str, d)}[#{rand(7) - 3}].to_s"
    when 12 then "#{one('host', 'text', 'csv', "(#{literal})")}[#{rand(5) - 2}, #{rand(4)}].to_s"
    when 13 then "'%05d|%-6s|%d|%%|%5s|%-4d|%3d|%03d|%s' % [#{expr(:int, 0)}, #{expr(:str, 0)}, #{rand(300)}, #{expr(:str, 0)}, #{expr(:int, 0)}, #{expr(:int, 0)}, #{expr(:int, 0)}, #{expr(:any, 0)}]"
    when 14 then "#{paren(:hash, d)}.#{one('to_s', 'inspect', 'to_json', 'keys.join("/")', 'values.inspect', 'map { |k, v| "#{k}=#{v}" }.join(";")', 'to_a.inspect', 'sort_by { |k, v| k.to_s }.inspect')}"
    else "(#{expr(:str, d)} || #{expr(:str, 0)})"
    end
  end

  def strs(depth)
    return one('words', 'none', "['a', 'b', host]", '%w[p q r]', 'service.tags', '[]', "['x',\n 'y',\n]") if depth.zero?

    d = depth - 1
    case rand(10)
    when 0 then "#{paren(:str, d)}.split#{one('', "(',')", "('')", "('-', 2)", "(',', -1)", '(" ")')}"
    when 1, 2 then "#{paren(:strs, d)}.#{one('sort', 'uniq', 'reverse', 'compact', 'first(2)', 'last(2)', 'flatten', 'first(0)')}"
    when 3 then "#{paren(:strs, d)}.map { |q| #{one('q.upcase', 'q + "!"', 'q.length.to_s', '"#{q}"', 'q')} }"
    when 4 then "#{paren(:strs, d)}.#{one('select', 'reject')} { |q| #{one('q.length > 4', "q.include?('a')", 'q == host', 'q.empty?')} }"
    when 5 then "#{paren(:strs, d)}.sort_by { |q| #{one('q.length', 'q', 'q.downcase', '[q.length, q]', 'q.reverse')} }"
    when 6 then "#{paren(:strs, d)} #{one('+', '-')} #{paren(:strs, d)}"
    when 7 then one('hosts.map { |q| q.name }', "hosts.map { |q| q['ip'] }", 'limits.keys', 'hosts.map { |q| q.roles }.flatten', 'hosts.map(&:name)', 'hosts.sort_by { |q| q.ip }.map { |q| q.name }', 'hosts.select { |q| q.weight == 2 }.map { |q| q.name }')
    when 8 then "#{paren(:strs, d)}.map(&:#{one('upcase', 'to_s', 'capitalize', 'strip', 'reverse', 'inspect')})"
    else "#{paren(:str, d)}.#{one('lines', "split('')", 'split(nil)', "split(',', 0)", "split(' ', 2)", "split('a', 1)")}"
    end
  end

  def ints(depth)
    return one('numbers', 'none', '[1, 2, 3]', '[port, count]', 'limits.values', '[-1]') if depth.zero?

    d = depth - 1
    case rand(6)
    when 0 then "#{paren(:ints, d)}.#{one('sort', 'uniq', 'reverse', 'first(2)', 'last(1)', 'sort { |a, b| b <=> a }', 'sort_by { |q| -q }', 'flatten')}"
    when 1 then "#{paren(:ints, d)}.map { |q| #{one('q + 1', 'q * 2', '-q', 'q', 'q / 2', 'q % 3')} }"
    when 2 then "#{paren(:ints, d)}.#{one('select', 'reject')} { |q| q #{one('>', '<', '==')} #{rand(5)} }"
    when 3 then "#{paren(:strs, d)}.map { |q| q.length }"
    when 4 then "#{paren(:ints, d)} #{one('+', '-')} #{paren(:ints, d)}"
    else "#{paren(:ints, d)} * #{rand(3)}"
    end
  end

  def hash(depth = 0)
    return one('limits', 'service', '{}', "{ 'cpu' => 4, 'x' => nil }", 'service.opts', "{ 'a' => 1,\n  'b' => [2], }", "{ a: 1, b: 'c' }") if depth.zero?

    d = depth - 1
    case rand(4)
    when 0 then "#{paren(:hash, d)}.#{one('select', 'reject')} { |k, v| #{one('v == 4', 'k == "mem"', 'v.nil?')} }"
    when 1 then "#{paren(:hash, d)}.merge(#{expr(:hash, d)})"
    when 2 then "#{paren(:hash, d)}.#{one('merge({})', "merge({ 'cpu' => nil, 1 => 2 })", 'select { |k, v| v }', 'reject { |k, v| v }', 'each_pair { |k, v| v }', 'each { |p| p }')}"
    else expr(:hash, 0)
    end
  end
end
