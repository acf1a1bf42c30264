#!/usr/bin/perl
# Turns the named statements of .sql files into C: statements.pl OUTDIR FILE.sql …
#
# Writes OUTDIR/statements.h (a struct of the caller's parameters for each statement) and
# OUTDIR/statements.c (their texts, and the table of all). A file holds blocks:
#
#   -- name: role_get :read          lanes: :read, :slow, :list, :write, :write plain
#   SELECT r.id, r.title FROM roles r WHERE r.organization_id = :org AND r.id = :role_id;
#
# `:name` is a parameter, the same one wherever it recurs; not in quotes, comments, or after
# another colon. :org, :actor, :actor_kind and :request_id are ambient: taken from db_caller.
# :org is compared as `alias.organization_id = :org` and no other way.
# Comments are dropped. Inside a block, a comment that begins with up to four lower-case words and
# a colon is a directive, and an unknown one is an error: prose begins with a capital.
#
# :list  a read whose text is composed (src/db/list.c). The base ends in its top-level WHERE, and
#        has /*sort_key*/ at the end of its select list. Below it stand directives, each of which
#        may go on in lines of `-- + …`:
#          -- filter status: AND r.status = :status
#          -- filter q (custom plan): AND r.id IN (SELECT roles_search(:q))
#          -- filter archived (in the text): AND (r.archived_at IS NOT NULL) = :archived::boolean
#          -- sort created_at timestamptz: r.created_at      the first is the default
#          -- sort title text asc: r.title                   asc: its own default direction, else desc
#          -- id: r.id                                       breaks ties; a uuid
#        A boolean `in the text` is no parameter: true and false are statements of their own, for
#        which the planner knows how many rows there are. A filter's own parameter has its name; beside it may stand ambient ones, those of other
#        filters (NULL where these are not asked for), and for a function that pages by itself
#        :page_limit, :page_key and :page_id (the cursor's, NULL on the first page). A sort
#        expression is never NULL.
# :write is `WITH …, out AS (SELECT …, … AS refusal …) SELECT * FROM out`. A second text of it
#        also inserts the idempotency record, with four parameters of its own at the end
#        (organization, scope, key, body digest), unless a row has a refusal.
# :write plain  has no such second text.
#
# A list of columns that several statements of a file share is named once and used as {name alias};
# its @ stands for the alias:
#
#   -- fragment: role_columns
#   @.id, @.title
use strict;
use warnings;

my %AMBIENT = (org => 'DB_ORG', actor => 'DB_ACTOR', actor_kind => 'DB_ACTOR_KIND',
	request_id => 'DB_REQUEST_ID');
my %MARK = (org => 0, actor => 1, actor_kind => 2, request_id => 3);
my %PAGE = (page_limit => 4, page_key => 5, page_id => 6);
my %LANE = (read => 'DB_READ', list => 'DB_READ', slow => 'DB_SLOW', write => 'DB_WRITE',
	'write plain' => 'DB_WRITE');
my %C_WORD = map { $_ => 1 } qw(auto break case char const continue default do double else enum
	extern float for goto if inline int long register restrict return short signed sizeof static
	struct switch typedef union unsigned void volatile while asm typeof);

my ($outdir, @files) = @ARGV;
die "usage: statements.pl OUTDIR FILE.sql ...\n" unless defined $outdir;

my (@statements, %seen, %fragments);
read_file($_) for sort @files;
finish($_) for @statements;
write_file("$outdir/statements.h", header());
write_file("$outdir/statements.c", source());

sub refuse {
	my ($s, $why) = @_;
	die "$s->{file}:$s->{line}: $why\n";
}

sub read_file {
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!\n";
	my ($s, $open); # the block, and the directive that `-- +` continues
	while (my $line = <$in>) {
		chomp $line;
		my $here = {file => $file, line => $.};
		if ($line =~ /^--\s*name:\s*(.*?)\s*$/) {
			$s = new_statement($here, $1);
			undef $open;
		} elsif ($line =~ /^--\s*fragment:\s*([a-z][a-z0-9_]*)\s*$/) {
			refuse($here, "a second fragment $1") if $fragments{$file}{$1};
			$s = $fragments{$file}{$1} = {%$here, lane => 'fragment', text => ''};
			undef $open;
		} elsif ($line =~ /^\s*--\s*\+\s*(.*)$/) {
			refuse($here, 'a continuation without a directive before it') unless $open;
			$$open .= "\n$1";
		} elsif ($s && $line =~ /^\s*--\s+([a-z_]+(?:\s+[a-z_0-9]+){0,3}\s*(?:\([^)]*\))?):\s+(.*)$/) {
			$open = directive($here, $s, $1, $2);
		} elsif ($s) {
			undef $open;
			$s->{text} .= "$line\n";
		} elsif ($line !~ /^\s*(--.*)?$/) {
			refuse($here, 'text before the first `-- name:`');
		}
	}
	close $in;
}

sub new_statement {
	my ($here, $head) = @_;
	$head =~ /^([a-z][a-z0-9_]*)\s+:(\w+(?:\s+plain)?)$/
		or refuse($here, "`-- name: $head` is not `-- name: snake_case :lane`");
	my ($name, $lane) = ($1, $2);
	# PostgreSQL tells prepared statements apart by 63 characters, and a list adds its shape.
	refuse($here, "$name is longer than 48 characters") if length $name > 48;
	$lane =~ s/\s+/ /;
	refuse($here, "unknown lane :$lane") unless $LANE{$lane};
	refuse($here, "$name is also at $seen{$name}{file}:$seen{$name}{line}") if $seen{$name};
	my $s = {%$here, name => $name, lane => $lane, text => '', filters => [], sorts => []};
	$seen{$name} = $s;
	push @statements, $s;
	return $s;
}

# Returns a reference to the directive's text, so that `-- +` lines can be added.
sub directive {
	my ($here, $s, $words, $text) = @_;
	refuse($here, "`$words:` outside a :list")
		if $words =~ /^(filter|sort|id)\b/ && $s->{lane} ne 'list';
	if ($words =~ /^filter\s+([a-z][a-z0-9_]*)\s*(\((?:custom plan|in the text)\))?$/) {
		push @{$s->{filters}}, {%$here, name => $1, custom => ($2 // '') eq '(custom plan)',
			literal => ($2 // '') eq '(in the text)', text => $text};
		return \$s->{filters}[-1]{text};
	}
	if ($words =~ /^sort\s+([a-z][a-z0-9_]*)\s+([a-z][a-z0-9_]*)(?:\s+(asc|desc))?\s*$/) {
		push @{$s->{sorts}}, {%$here, name => $1, type => $2, asc => ($3 // '') eq 'asc',
			text => $text};
		return \$s->{sorts}[-1]{text};
	}
	if ($words eq 'id') {
		refuse($here, 'a second `-- id:`') if $s->{id};
		$s->{id} = {%$here, text => $text};
		return \$s->{id}{text};
	}
	refuse($here, "unknown directive `$words:` (prose begins with a capital)");
}

# Replaces each parameter by what `name_it` says, and drops comments but /*sort_key*/.
sub rewrite {
	my ($where, $text, $name_it) = @_;
	my $out = '';
	for ($text) {
		while ((pos // 0) < length) {
			if (/\G--[^\n]*/gc) {
			} elsif (m{\G/\*(.*?)\*/}gcs) {
				$out .= $1 eq 'sort_key' ? '/*sort_key*/' : ' ';
			} elsif (m{\G/\*}gc) {
				refuse($where, 'a comment that is not closed');
			} elsif (/\G([eE]'(?:[^'\\]|\\.|'')*')/gcs || /\G('(?:[^']|'')*')/gc ||
				/\G("(?:[^"]|"")*")/gc || /\G(\$([A-Za-z_]*)\$.*?\$\2\$)/gcs) {
				$out .= $1;
			} elsif (/\G['"]/gc) {
				refuse($where, 'a quote that is not closed');
			} elsif (/\G\$\d/gc) {
				refuse($where, 'a parameter is written :name, not $1');
			} elsif (/\G(::|:=)/gc) {
				$out .= $1;
			} elsif (/\G:([a-z][a-z0-9_]*)/gc) {
				$out .= $name_it->($1);
			} elsif (/\G(\w+|.)/gcs) {
				$out .= $1;
			}
		}
	}
	$out =~ s/[ \t]+$//mg;
	$out =~ s/\n{2,}/\n/g;
	$out =~ s/^\s+|[\s;]+$//g;
	return $out;
}

# {name alias} becomes the file's fragment of that name.
sub expand {
	my ($s) = @_;
	1 while $s->{text} =~ s{\{([a-z][a-z0-9_]*) ([a-z][a-z0-9_]*)\}}{
		my ($name, $alias) = ($1, $2);
		my $fragment = $fragments{$s->{file}}{$name} or refuse($s, "no fragment $name in this file");
		(my $text = $fragment->{text}) =~ s/\@/$alias/g;
		$text =~ s/\s+$//;
		$text
	}ge;
}

sub finish {
	my ($s) = @_;
	expand($s);
	refuse_loose_org($_) for $s, @{$s->{filters}};
	my (@params, %place);
	my $base = rewrite($s, $s->{text}, sub {
		my ($name) = @_;
		refuse($s, ":$name is a word of C") if $C_WORD{$name};
		push @params, $name unless $place{$name};
		$place{$name} ||= @params;
		return "\$$place{$name}";
	});
	refuse($s, "$s->{name} has no text") if $base eq '';
	refuse($s, "$s->{name} is more than one statement (a `;` inside)") if several($base);
	@$s{qw(base params)} = ($base, \@params);
	refuse($s, "$s->{name} has more than 100 parameters") if @params > 100;
	finish_list($s) if $s->{lane} eq 'list';
	finish_write($s) if $s->{lane} eq 'write';
}

# Each comparison with :org reads alike, so that the control build finds it (src/db/unscoped.c).
sub refuse_loose_org {
	my ($where) = @_;
	(my $text = $where->{text}) =~ s/--[^\n]*//g;
	refuse($where, 'an organization is compared as `alias.organization_id = :org`')
		if $text =~ /(?<!\w\.organization_id )[=<>]\s*:org\b|:org\s*[=<>]/;
}

# A semicolon outside quotes.
sub several {
	my ($text) = @_;
	$text =~ s/\$([A-Za-z_]*)\$.*?\$\1\$|'(?:[^']|'')*'|"(?:[^"]|"")*"//gs;
	return $text =~ /;/;
}

sub finish_list {
	my ($s) = @_;
	refuse($s, "$s->{name} lacks /*sort_key*/ at the end of its select list")
		unless 1 == (() = $s->{base} =~ m{/\*sort_key\*/}g);
	refuse($s, "$s->{name} lacks `-- sort`") unless @{$s->{sorts}};
	refuse($s, "$s->{name} lacks `-- id:`") unless $s->{id};
	refuse($s, "$s->{name} has more than 24 filters or 16 sorts")
		if @{$s->{filters}} > 24 || @{$s->{sorts}} > 16;
	my %own = map { $_ => 1 } @{$s->{params}};
	my $n = 0;
	my %letter = map { $_->{name} => chr(ord('A') + $n++) } @{$s->{filters}};
	my %taken;
	for my $f (@{$s->{filters}}) {
		refuse($f, "a second filter $f->{name}") if $taken{$f->{name}}++;
		refuse($f, ":$f->{name} is a parameter of the base too") if $own{$f->{name}};
		my $used = 0;
		$f->{text} = rewrite($f, $f->{text}, sub {
			my ($name) = @_;
			return "\001$MARK{$name}" if defined $MARK{$name};
			return "\001$PAGE{$name}" if defined $PAGE{$name};
			$used ||= $name eq $f->{name};
			return "\001v" if $name eq $f->{name};
			return "\001" . ($letter{$name} // refuse($f, "filter $f->{name} uses :$name"));
		});
		refuse($f, "filter $f->{name} does not use :$f->{name}") unless $used;
		refuse($f, "filter $f->{name} does not begin with AND") unless $f->{text} =~ /^AND\b/i;
	}
	%taken = ();
	for my $e (@{$s->{sorts}}, $s->{id}) {
		refuse($e, "a second sort $e->{name}") if $e->{name} && $taken{$e->{name}}++;
		$e->{text} = rewrite($e, $e->{text}, sub { refuse($e, "a parameter, :$_[0]") });
	}
}

sub finish_write {
	my ($s) = @_;
	my $name = $s->{name};
	refuse($s, "$name lacks `out AS (`; without idempotency it is `:write plain`")
		unless $s->{base} =~ /\bout\s+AS\s+(?:MATERIALIZED\s+)?\(/i;
	refuse($s, "$name has no column `refusal` in out") unless $s->{base} =~ /\brefusal\b/;
	my $idem = $s->{base};
	my $n = @{$s->{params}};
	my ($org, $scope, $key, $digest) = map { '$' . ($n + $_) } 1 .. 4;
	$idem =~ s{\s*\bSELECT\s+\*\s+FROM\s+out$}{,
idem AS (INSERT INTO idempotency_keys (organization_id, scope, key, body_digest, answer)
  SELECT $org\::uuid, $scope\::text, $key\::text, $digest\::text, array_agg(out::text)
  FROM out HAVING count(*) > 0 AND count(out.refusal) = 0)
SELECT * FROM out}i or refuse($s, "$name does not end in `SELECT * FROM out`");
	$s->{idem} = $idem;
}

sub header {
	my $h = "/* Generated by src/db/statements.pl from the .sql files; not to be edited. */\n"
		. "#ifndef GEN_STATEMENTS_H\n#define GEN_STATEMENTS_H\n\n#include \"db/db.h\"\n\n"
		. "extern const struct db_statement *const db_statements[]; /* ends with NULL */\n"
		. "extern const unsigned db_statement_count;\n";
	for my $s (@statements) {
		my @own = grep { !$AMBIENT{$_} } @{$s->{params}};
		$h .= "\n/* $s->{file}:$s->{line} */\nstruct sql_$s->{name} {\n";
		$h .= "\tconst char *$_;\n" for @own ? @own : '_none';
		$h .= "};\nextern const struct db_statement sql_$s->{name}_statement;\n";
	}
	return "$h\n#endif\n";
}

sub source {
	my $c = "/* Generated by src/db/statements.pl from the .sql files; not to be edited. */\n"
		. "#include \"statements.h\"\n\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n";
	$c .= source_of($_) for @statements;
	$c .= "\nconst struct db_statement *const db_statements[] = {\n";
	$c .= "\t&sql_$_->{name}_statement,\n" for @statements;
	$c .= "\tNULL,\n};\nconst unsigned db_statement_count = " . @statements . ";\n";
	return $c;
}

sub source_of {
	my ($s) = @_;
	my $name = $s->{name};
	my @params = @{$s->{params}};
	my $c = "\n";
	$c .= "static const int8_t ${name}_ambient[] = {"
		. join(', ', map { $AMBIENT{$_} // '-1' } @params) . "};\n" if @params;
	$c .= "static const char *const ${name}_names[] = {"
		. join(', ', map { "\"$_\"" } @params) . "};\n" if @params;
	$c .= list_source($s) if $s->{lane} eq 'list';
	$c .= "const struct db_statement sql_${name}_statement = {\n\t.name = \"$name\",\n"
		. "\t.text = " . quoted($s->{base}) . ",\n";
	$c .= "\t.idempotent_text = " . quoted($s->{idem}) . ",\n" if $s->{idem};
	$c .= "\t.params = " . @params . ",\n";
	$c .= "\t.ambient = ${name}_ambient,\n\t.param_names = ${name}_names,\n" if @params;
	$c .= "\t.lane = $LANE{$s->{lane}},\n";
	$c .= "\t.list = &${name}_list,\n" if $s->{lane} eq 'list';
	$c .= "\t.file = " . quoted($s->{file}) . ",\n\t.line = $s->{line},\n};\n";
	return $c;
}

sub list_source {
	my ($s) = @_;
	my $name = $s->{name};
	my @filters = @{$s->{filters}};
	my $c = '';
	$c .= "static const struct db_filter ${name}_filters[] = {\n"
		. join('', map { "\t{\"$_->{name}\", " . quoted($_->{text}) . ', '
			. ($_->{custom} ? 'true' : 'false') . ', ' . ($_->{literal} ? 'true' : 'false')
			. "},\n" } @filters) . "};\n" if @filters;
	$c .= "static const struct db_sort ${name}_sorts[] = {\n"
		. join('', map { "\t{\"$_->{name}\", \"$_->{type}\", " . quoted($_->{text}) . ', '
			. ($_->{asc} ? 'true' : 'false') . "},\n" } @{$s->{sorts}}) . "};\n";
	my $first = @filters ? "${name}_filters" : 'NULL';
	return "${c}static const struct db_list ${name}_list = {\n\t.id = " . quoted($s->{id}{text})
		. ",\n\t.filters = $first,\n\t.filter_count = " . @filters
		. ",\n\t.sorts = ${name}_sorts,\n\t.sort_count = " . @{$s->{sorts}} . ",\n};\n";
}

# A C string literal, a line of source for each line of text.
sub quoted {
	my ($text) = @_;
	return join("\n\t\t", map {
		my $line = $_;
		$line =~ s/([\\"])/\\$1/g;
		$line =~ s/\n/\\n/g;
		$line =~ s/\t/\\t/g;
		$line =~ s/\?\?/?\\?/g;
		$line =~ s/([^\x20-\x7e])/sprintf '\\%03o', ord $1/ge;
		"\"$line\"";
	} $text =~ /[^\n]*\n|[^\n]+/g);
}

# Whole or not at all, so that an interrupted run leaves no half file behind.
sub write_file {
	my ($path, $text) = @_;
	open(my $out, '>', "$path.new") or die "$path.new: $!\n";
	print $out $text or die "$path.new: $!\n";
	close $out or die "$path.new: $!\n";
	rename "$path.new", $path or die "$path: $!\n";
}
