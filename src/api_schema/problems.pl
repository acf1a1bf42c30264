# Prints src/problems.def as JSON: [{"code": …, "status": …, "title": …}, …].
use strict;
use warnings;

my @rows;
while (my $line = <>) {
	next unless $line =~ /^PROBLEM\(/;
	$line =~ /^PROBLEM\((\w+),\s*(\d{3}),\s*"([^"\\]+)"\)\s*$/
		or die "$ARGV:$.: not PROBLEM(code, status, \"title\")\n";
	push @rows, qq({"code": "$1", "status": $2, "title": "$3"});
}
print "[\n  ", join(",\n  ", @rows), "\n]\n";
