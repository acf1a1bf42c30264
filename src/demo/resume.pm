# A candidate's profile, and the résumé that says the same as a text or as a small PDF.
package resume;
use strict;
use warnings;
use utf8;
use Exporter 'import';
use draw;
our @EXPORT = qw(profile resume_text resume_pdf);

my %unaccented = ('ł' => 'l', 'ø' => 'o', 'ı' => 'i', 'ß' => 'ss');

sub address {
	my ($name) = @_;
	require Unicode::Normalize;
	$name = Unicode::Normalize::NFD(lc $name);
	$name =~ s/(.)/$unaccented{$1} \/\/ $1/ge;
	$name =~ s/\pM//g;
	$name =~ s/[^a-z ]//g;
	$name =~ tr/ /./s;
	return "$name\@candidates.example";
}

# The newest first; each a few years long.
sub experience {
	my ($people, $kind, $titles, $years) = @_;
	my @work = shuffle(@{ $people->{work}{$kind}{highlights} });
	my @employers = shuffle(@{ $people->{employers} });
	my ($end, @list) = (undef);
	my $year = 2026;
	my $jobs = $years > 7 ? 3 : $years > 3 ? 2 : 1;
	for my $job (1 .. $jobs) {
		my $long = int($years / $jobs + below(2)) || 1;
		my $level = $job == 1 ? ($years > 7 ? 2 : $years > 3 ? 1 : 0) : $job == 2 && $years > 7 ? 1 : 0;
		push @list, { title => pick(@{ $titles->[$level] }), organization => shift @employers,
			start => '' . ($year - $long), end => $end, highlights => [ splice @work, 0, 2 + below(2) ] };
		$year -= $long;
		$end = "$year";
	}
	return (\@list, $year);
}

sub profile {
	my ($people, $kind, $c) = @_;
	my $years = 2 + below(12);
	my ($experience, $began) = experience($people, $kind, $people->{work}{$kind}{titles}, $years);
	my $summary = pick(@{ $people->{summaries} });
	my $field = pick(@{ $people->{fields} });
	my $n = 2 + below(3);
	$summary =~ s/\{field\}/$field/;
	$summary =~ s/\{n\}/$n/;
	my @tags = $kind eq 'role' ? qw(payments ledger) : $kind eq 'product' ? qw(product frontend) : qw(streaming warehouse);
	return { name => $c->{plain}, email => address($c->{plain}), location => "$c->{city}, $c->{country}",
		headline => "$experience->[0]{title} at $experience->[0]{organization}", summary => $summary,
		skills => [ @{ pick(@{ $people->{work}{$kind}{skills} }) }, 'Git' ],
		tags => [ pick(@tags), (chance(0.25) ? 'relocation' : ()), (chance(0.15) ? 'keep in touch' : ()) ],
		experience => $experience,
		education => [ { organization => pick(@{ $people->{schools} }), degree => pick(@{ $people->{degrees} }),
			start => '' . ($began - 4), end => "$began" } ] };
}

sub lines {
	my ($p) = @_;
	my @lines = ($p->{name}, $p->{headline}, $p->{email}, $p->{location} // '', '', $p->{summary}, '', 'Experience', '');
	for my $job (@{ $p->{experience} }) {
		push @lines, "$job->{title}, $job->{organization} ($job->{start} to " . ($job->{end} // 'today') . ')';
		push @lines, "- $_" for @{ $job->{highlights} };
		push @lines, '';
	}
	push @lines, 'Education', '', map { join ', ', grep { $_ } $_->{degree}, $_->{organization}, $_->{end} } @{ $p->{education} };
	push @lines, '', 'Skills', '', join ', ', @{ $p->{skills} };
	return @lines;
}

sub resume_text {
	my ($p) = @_;
	return join("\n", lines($p)) . "\n";
}

# In the WinAnsi encoding, as octal escapes: the file is plain ASCII. Other letters lose their marks.
sub escaped {
	my ($line) = @_;
	my $out = '';
	for my $char (split //, $line) {
		my $code = ord $char;
		if ($code > 255) {
			require Unicode::Normalize;
			(my $plain = $unaccented{ lc $char } // Unicode::Normalize::NFD($char)) =~ s/[^\x20-\x7e]//g;
			$out .= $plain;
		} elsif ($code > 126) {
			$out .= sprintf '\\%03o', $code;
		} else {
			$out .= $char =~ /[\\()]/ ? "\\$char" : $char;
		}
	}
	return $out;
}

sub resume_pdf {
	my ($p) = @_;
	my $page = 'BT /F1 11 Tf 56 780 Td 15 TL ' . join(' ', map { '(' . escaped($_) . ') Tj T*' } lines($p)) . ' ET';
	my @objects = ('<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
		'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
		'<< /Length ' . length($page) . " >>\nstream\n$page\nendstream",
		'<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
	my ($file, @at) = ("%PDF-1.4\n");
	for my $i (0 .. $#objects) {
		push @at, length $file;
		$file .= ($i + 1) . " 0 obj\n$objects[$i]\nendobj\n";
	}
	my $start = length $file;
	$file .= "xref\n0 6\n0000000000 65535 f \n" . join('', map { sprintf "%010d 00000 n \n", $_ } @at)
		. "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n$start\n%%EOF\n";
	return $file;
}

1;
