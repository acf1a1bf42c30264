# The script that is being written: its steps, when they happen, and its words.
package script;
use strict;
use warnings FATAL => "all";
use utf8;
use Exporter 'import';
use JSON::PP;
use draw;
our @EXPORT = qw(read_json moment text_of next_working step step_by_link steps say_of);

my (@steps, $seq);

sub read_json {
	open my $file, '<:raw', $_[0] or die "$_[0]: $!\n";
	local $/;
	return decode_json(<$file>);
}

# A moment is a working day and a minute of it.
sub moment { my ($day, $minute) = @_; return $day * 1440 + $minute }
sub text_of {
	my ($at) = @_;
	my $day = ($at - ($at % 1440)) / 1440;
	return sprintf '%dT%02d:%02d', $day, ($at % 1440) / 60, $at % 60;
}

sub step {
	my ($at, $as, $call, %more) = @_;
	push @steps, { at => $at, seq => $seq++, step => { at => text_of($at), as => $as, call => $call, %more } };
	return;
}

# As a candidate, who has a link.
sub step_by_link {
	my ($at, $link, $call, %more) = @_;
	push @steps, { at => $at, seq => $seq++,
		step => { at => text_of($at), link => "$link.token", call => $call, %more } };
	return;
}

sub next_working {
	my ($at) = @_;
	my $minute = $at % 1440;
	return $minute < 480 ? $at - $minute + 500 : $minute > 1080 ? $at - $minute + 1440 + 520 : $at;
}

# All of them by their time, and in the order in which they were given.
sub steps { return map { $_->{step} } sort { $a->{at} <=> $b->{at} || $a->{seq} <=> $b->{seq} } @steps }

# Of several sentences one that was used least, with one of each of its alternatives.
my %told;
sub say_of {
	my @of = sort { ($told{$a} // 0) <=> ($told{$b} // 0) } shuffle(@_);
	$told{ $of[0] }++;
	return vary($of[0]);
}

1;
