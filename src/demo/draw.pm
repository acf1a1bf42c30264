# Draws from a fixed seed: the same numbers on every machine, since only 32-bit integers are mixed.
package draw;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(seed uniform normal below pick chance vary shuffle);

my $state;

# The same words give the same draws, so that one person's do not depend on another's.
sub seed {
	my $h = 2166136261;
	$h = (($h ^ $_) * 16777619) & 0xffffffff for unpack 'C*', join '/', @_;
	$state = $h || 1;
	uniform() for 1 .. 8;
	return;
}

sub uniform {
	$state ^= ($state << 13) & 0xffffffff;
	$state ^= $state >> 17;
	$state ^= ($state << 5) & 0xffffffff;
	return $state / 4294967296;
}

sub normal { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()) * ($_[0] // 1) }
sub below  { return int(uniform() * $_[0]) }
sub pick   { return $_[below(scalar @_)] }
sub chance { return uniform() < $_[0] }

# One of each "[this|that]".
sub vary {
	my ($text) = @_;
	$text =~ s/\[([^\]]*)\]/pick(split m{\|}, $1)/ge;
	return $text;
}

sub shuffle {
	my @all = @_;
	for my $i (reverse 1 .. $#all) {
		my $j = below($i + 1);
		@all[$i, $j] = @all[$j, $i];
	}
	return @all;
}

1;
