#!/usr/bin/perl
# The rest of the demo's company, as steps of the API, from a fixed seed: prints what follows the
# steps of src/templates/demo.json. docs/demo.md says what is drawn how.
use strict;
use warnings FATAL => "all";
use utf8;
use FindBin;
use lib $FindBin::Bin;
use Encode qw(encode);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use draw;
use opening;
use resume;
use script;

my $dir    = $FindBin::Bin;
my $people = read_json("$dir/people.json");
my $says   = read_json("$dir/evidence.json");
my $words  = read_json("$dir/words.json");
my $roles  = read_json("$dir/roles.json");
my $flags  = read_json("$dir/../templates/resume_flags.json")->{items}[0]{content}{flags};

# How each interviewer rates: how much lower than others (the model's b), by how much they stretch
# what they see, how far one impression of a person colours all of their ratings (halo, the model's
# s), and within how many hours their scorecard is there.
my %rater = (
	interviewer   => { severity => -0.25,  spread => 1.0,  halo => 0.25, hours => 3 },
	interviewer_2 => { severity => 0.45, spread => 1.0,  halo => 0.20, hours => 6 },
	interviewer_3 => { severity => -0.4,  spread => 0.9,  halo => 0.30, hours => 2 },
	interviewer_4 => { severity => 0.05, spread => 0.8,  halo => 0.15, hours => 22 },
	interviewer_5 => { severity => 0.65, spread => 1.1,  halo => 0.25, hours => 5 },
	interviewer_6 => { severity => -0.05,  spread => 1.2,  halo => 0.20, hours => 27 },
	interviewer_7 => { severity => 0,   spread => 0.9,  halo => 0.55, hours => 4 },
	interviewer_8 => { severity => -0.55,  spread => 1.0,  halo => 0.30, hours => 9 },
);
my %SD = (person => 0.50, competency => 0.35, residual => 0.42);
my $LAST = -1;    # the last working day that is behind us

my %busy;

# ---- candidates ----------------------------------------------------------------------------------

# What the recruiter knows of somebody besides what a posting's form asks.
sub body_of {
	my ($c) = @_;
	my %body = %{ $c->{profile} };
	$body{source}  = $c->{source};
	$body{consent} = { given_at => "{{day." . text_of($c->{at}) . "}}", source => 'Application form',
		expires_at => '{{day.' . ($c->{day} + 260) . 'T12:00}}' };
	$body{wants} = $c->{wants} if $c->{wants};
	return \%body;
}

# A file of each kind in turn, and every third has none.
sub resume_of {
	my ($c, $body) = @_;
	(my $file = lc $c->{plain}) =~ tr/a-z/-/cs;
	return if $c->{n} % 3 == 0;
	return $c->{n} % 3 == 1 ? ('text/plain', resume_text($body), "$file.txt")
		: ('application/pdf', resume_pdf($body), "$file.pdf");
}

sub make_candidate {
	my ($c) = @_;
	my $at = $c->{at};
	my $body = body_of($c);
	my ($type, $text, $file) = resume_of($c, $body);
	$c->{id} = "a$c->{n}";
	if ($file && $c->{role}{posting} && $c->{source} eq 'Career page') {
		by_posting($c, $body, $text, $file);
	} else {
		step($at, 'recruiter', 'POST /v1/candidates', save => "c$c->{n}", body => $body);
		step($at, 'recruiter', "POST /v1/candidates/{{c$c->{n}.id}}/documents?kind=resume&filename=$file",
			type => $type, text => $text) if $file;
		apply($c);
	}
	step($at + 2, 'recruiter', "PUT /v1/candidates/{{c$c->{n}.id}}/country", body => { country => $c->{country} });
	return;
}

# Through the posting, with its questions answered; the recruiter adds what the form does not ask.
sub by_posting {
	my ($c, $body, $text, $file) = @_;
	my $answers = $words->{posting_answers}[ $c->{n} % @{ $words->{posting_answers} } ];
	my $content = encode_base64(utf8::is_utf8($text) ? encode('UTF-8', $text) : $text, '');
	step($c->{at}, 'recruiter', "POST /v1/postings/{{posting_$c->{role}{key}.id}}/applications", save => $c->{id}, body => {
		name => $body->{name}, email => $body->{email}, source => $c->{source}, consent => JSON::PP::true,
		resume => { filename => $file, content => $content }, answers => $answers });
	step($c->{at}, 'recruiter', "GET /v1/applications/{{$c->{id}.id}}", save => $c->{id});
	step($c->{at}, 'recruiter', "GET /v1/candidates/{{$c->{id}.candidate_id}}", save => "c$c->{n}");
	step($c->{at} + 1, 'recruiter', "PATCH /v1/candidates/{{c$c->{n}.id}}", body => $body);
	return;
}

sub apply {
	my ($c) = @_;
	step($c->{at} + 2, 'recruiter', 'POST /v1/applications', save => $c->{id}, body => {
		candidate_id => "{{c$c->{n}.id}}", role_id => "{{$c->{role}{key}.id}}", source => $c->{source},
		stage_id => stage_id($c->{role}, $c->{sourced} ? 0 : 1) });
	return;
}

# Flags are marked from the words; a person looks at three and confirms or refuses them.
sub screen {
	my ($c, $at) = @_;
	my $text = join "\n", resume_text($c->{profile});
	my $n = 0;
	for my $flag (@$flags) {
		next unless $flag->{found_by} eq 'present' && $n < 3;
		next unless grep { $text =~ /\b\Q$_\E\b/i } @{ $flag->{words} }, @{ $flag->{our_words} };
		$n++;
		step($at, 'recruiter', "PUT /v1/applications/{{$c->{id}.id}}/screening/$flag->{key}",
			body => { verdict => chance(0.85) ? 'confirmed' : 'refused' });
	}
	return;
}

sub move {
	my ($c, $at, $as, %body) = @_;
	step($at, $as, "POST /v1/applications/{{$c->{id}.id}}/move", body => \%body);
	return;
}

# ---- interviews and scorecards -------------------------------------------------------------------

# The first hour from nine (UTC) on a day in which none of them is busy.
sub free_hour {
	my ($day, @who) = @_;
	for my $hour (shuffle(9, 10, 11, 13, 14, 15), 8, 12, 16) {
		next if grep { $busy{"$_/$day/$hour"} } @who;
		$busy{"$_/$day/$hour"} = 1 for @who;
		return $hour;
	}
	return 17;
}

# Invites two people, or the one who stands in for one of them; some are moved once, some shadowed.
sub hold {
	my ($c, $k, $made, $day, $time) = @_;
	my $stage = $c->{role}{stages}[ $k - 1 ];
	my ($one, $two, $spare) = shuffle(@{ $stage->{raters} });
	my $hour = $stage->{sample} ? 9 : free_hour($day, $one, $two, $spare);
	my $name = "i$c->{id}_$k" . ($time // '');
	my @invited = map { { user_id => "{{$_.id}}" } } $one, $two;
	my %body = (application_id => "{{$c->{id}.id}}", stage_id => stage_id($c->{role}, $k), interviewers => \@invited);
	my $starts = moment($day, $hour * 60);
	my $moved  = $c->{n} % 8 == 2 && !$stage->{sample};
	%body = (%body, starts_at => '{{day.' . text_of($moved ? $starts - 120 : $starts) . '}}', time_zone => $c->{zone},
		location => $stage->{sample} ? 'At home, by link' : 'Video call');
	if ($stage->{sample}) {
		work_sample($c, $day, $made);
	} else {
		my ($learner) = grep { my $who = $_; !grep { $_ eq $who } $one, $two } reverse @{ $c->{role}{team} };
		push @invited, { user_id => "{{$learner.id}}", part => 'shadow' } if $c->{n} % 9 == 0;
	}
	step($made, 'recruiter', 'POST /v1/interviews', save => $name, body => \%body);
	step($made + 45, 'recruiter', "PATCH /v1/interviews/{{$name.id}}", body => { starts_at => '{{day.' . text_of($starts) . '}}' })
		if $moved;
	if ($c->{n} % 13 == 5 && $k == 1) {
		step($made + 300, 'recruiter', "POST /v1/interviews/{{$name.id}}/interviewers/{{$two.id}}/substitute",
			body => { user_id => "{{$spare.id}}" });
		$two = $spare;
	}
	return { k => $k, stage => $stage, who => [ $one, $two ], name => $name, day => $day,
		end => moment($day, $hour * 60 + ($stage->{sample} ? 180 : $stage->{minutes})) };
}

# They did not come, and get one more date.
sub missed {
	my ($c, $k, $day) = @_;
	my $missed = hold($c, $k, moment($day - 3, 600), $day, 'missed');
	step($missed->{end} + 15, 'recruiter', "POST /v1/interviews/{{$missed->{name}.id}}/candidate_no_show");
	return;
}

# Started and submitted by the candidate, within the budget but for a few.
sub work_sample {
	my ($c, $day, $made) = @_;
	my $link = link_of($c, $made);
	my $at   = moment($day, 540 + below(20));
	return if $day > $LAST;
	step_by_link($at, $link, 'POST /v1/candidate_side/work_sample/start');
	step_by_link($at + 75 + below(60), $link, 'POST /v1/candidate_side/work_sample?filename=solution.txt',
		type => 'text/plain', text => join "\n", "$c->{role}{task}\n",
		say_of(@{ $words->{samples} }), say_of(@{ $words->{samples_next} }), '');
	return;
}

sub link_of {
	my ($c, $at) = @_;
	if (!$c->{link}) {
		$c->{link} = "l$c->{id}";
		step($at, 'recruiter', "POST /v1/applications/{{$c->{id}.id}}/candidate_links",
			save => $c->{link}, body => { days => 180 });
	}
	return $c->{link};
}

sub rating_of {
	my ($c, $who, $name) = @_;
	my $r = $rater{$who};
	$c->{halo}{$who} //= normal($r->{halo});
	$c->{skill}{$name} //= normal($SD{competency});
	my $seen = $c->{theta} + $c->{skill}{$name} + $c->{halo}{$who} + normal($SD{residual});
	my $value = int(3.05 - $r->{severity} + $r->{spread} * $seen + 0.5);
	return $value < 1 ? 1 : $value > 5 ? 5 : $value;
}

sub evidence {
	my ($name, $value) = @_;
	return say_of(@{ $says->{$name}[ $value - 1 ] });
}

sub recommendation {
	my ($mean, $failed) = @_;
	return $mean >= 4.25 && !$failed ? 'strong_yes' : $mean >= 3.3 && !$failed ? 'yes'
		: $mean >= 1.75 ? 'no' : 'strong_no';
}

sub takeaways {
	my ($mean, $ratings) = @_;
	my @order = sort { $ratings->{$b} <=> $ratings->{$a} || $a cmp $b } keys %$ratings;
	return undef if @order == 0 || chance(0.25);
	my $kind = $mean >= 3.9 ? 'good' : $mean >= 3 ? 'fair' : 'poor';
	$kind = 'mixed' if @order > 1 && $ratings->{ $order[0] } - $ratings->{ $order[-1] } > 1;
	my $text = say_of(@{ $words->{takeaways}{$kind} });
	my ($best, $worst) = (lc $order[0], lc $order[-1]);
	$best  =~ s/^api/API/;
	$worst =~ s/^api/API/;
	$text =~ s/\{best\}/$best/;
	$text =~ s/\{worst\}/$worst/;
	$text =~ s/([.] )([a-z])/$1\u$2/g;
	return ucfirst $text;
}

# One scorecard's content; the ratings are remembered for what follows from them.
sub scorecard {
	my ($c, $interview, $who) = @_;
	my (%ratings, %values, $failed, $sum);
	for my $name (@{ $interview->{stage}{focus} }) {
		my $id = "{{$c->{role}{competency}{$name}.id}}";
		if (keys(%values) && chance(0.05)) {
			$ratings{$id} = { not_assessed => JSON::PP::true };
			next;
		}
		my $value = $values{$name} = rating_of($c, $who, $name);
		my $must = $c->{role}{must}{$name} // 0;
		$failed ||= $value < $must;
		$ratings{$id}{value} = $value;
		$ratings{$id}{evidence} = evidence($name, $value)
			if $value == 1 || $value == 5 || $value < $must || chance(0.8);
		push @{ $c->{given}{$name} }, $value;
		$sum += $value;
	}
	my $mean = $sum / keys %values;
	push @{ $interview->{means} }, $mean;
	return { ratings => \%ratings, recommendation => recommendation($mean, $failed),
		key_takeaways => takeaways($mean, \%values),
		(chance(0.12) ? (private_note => say_of(@{ $words->{private_notes} })) : ()) };
}

# When it is there: after the hours that this person takes, within working hours.
sub handed_in {
	my ($interview, $who) = @_;
	my $at = $interview->{end} + 10 + below(60 * $rater{$who}{hours});
	my $minute = $at % 1440;
	return $at if $minute >= 420 && $minute <= 1140;
	return ($minute > 1140 ? $at - $minute + 1440 : $at - $minute) + 480 + below(90);
}

# Everyone's scorecards of an interview; when the last is in, or nothing while one is missing.
sub rate {
	my ($c, $interview) = @_;
	my ($last, $missing) = ($interview->{end}, 0);
	for my $who (sort @{ $interview->{who} }) {
		my $at   = handed_in($interview, $who);
		my $card = scorecard($c, $interview, $who);
		my $forgotten = $interview->{day} >= -7 && $c->{n} % 4 == 1 && $who eq (sort @{ $interview->{who} })[1];
		if ($at >= moment(0, 0) || $forgotten) {
			$missing = 1;
			draft($interview, $who, $card) if $interview->{end} < moment(-1, 960) && chance(0.5);
			next;
		}
		my %body = (interview_id => "{{$interview->{name}.id}}", submit => JSON::PP::true, %$card);
		my $writes = $who;
		($writes, $body{on_behalf_of}) = ('recruiter', "{{$who.id}}") if $c->{n} % 29 == 11;
		step($at, $writes, 'POST /v1/scorecards', save => "s$interview->{name}_$who", body => \%body);
		$last = $at if $at > $last;
		amend($interview, $who, next_working($at + 900)) if $c->{n} % 17 == 3 && $who eq $interview->{who}[0];
		hand_over($c, $interview, $who, $at + 5) if chance(0.12);
	}
	return $missing ? undef : $last;
}

# What one remembers the day after, with a reason.
sub amend {
	my ($interview, $who, $at) = @_;
	return if $at >= moment(0, 0) || $interview->{k} > 1;
	step($at, $who, "POST /v1/scorecards/{{s$interview->{name}_$who.id}}/amend", body => {
		key_takeaways => say_of(@{ $words->{amendments} }), reason => 'I had written this in my notes and left it out.' });
	return;
}

# Begun, and not handed in.
sub draft {
	my ($interview, $who, $card) = @_;
	my ($first) = sort keys %{ $card->{ratings} };
	step(moment(-1, 1020), $who, 'POST /v1/scorecards', body => {
		interview_id => "{{$interview->{name}.id}}", ratings => { $first => $card->{ratings}{$first} } });
	return;
}

sub hand_over {
	my ($c, $interview, $who, $at) = @_;
	return if $interview->{k} == @{ $c->{role}{stages} };
	step($at, $who, "PUT /v1/interviews/{{$interview->{name}.id}}/handover",
		body => { note => say_of(@{ $words->{handovers} }) });
	return;
}

# ---- one candidate's way -------------------------------------------------------------------------

sub mean { my $sum = 0; $sum += $_ for @_; return $sum / @_ }

sub close_as {
	my ($c, $at, $as, $status, $code, $reason) = @_;
	move($c, $at, $as, status => $status, reason_code => $code, ($reason ? (reason => $reason) : ()));
	$c->{closed} = { at => $at, status => $status };
	return;
}

sub withdrawn {
	my ($c, $at) = @_;
	return 0 unless chance(0.06) && $at < moment($LAST, 900);
	my $code = pick(qw(other_offer compensation timing personal location));
	close_as($c, $at, 'recruiter', 'withdrawn', $code, say_of(@{ $words->{withdrawals}{$code} }));
	return 1;
}

# The first call, for those who did not apply by themselves. Gives when they are in the first stage.
sub first_call {
	my ($c) = @_;
	my $at = moment($c->{day} + 2 + below(3), 600 + below(240));
	return undef if $at >= moment(0, 0);
	return undef if withdrawn($c, $at);
	move($c, $at, 'recruiter', stage_id => stage_id($c->{role}, 1));
	return $at;
}

sub travel {
	my ($c) = @_;
	my $at = moment($c->{day} + 1, 540 + below(300));
	return if $at >= moment(0, 0);
	screen($c, $at);
	if ($c->{weak}) {
		my $code = pick(qw(experience experience skills location work_permit));
		return close_as($c, $at + 20, 'recruiter', 'rejected', $code, say_of(@{ $words->{rejections}{$code} }));
	}
	$at = first_call($c) // return if $c->{sourced};
	my $stages = @{ $c->{role}{stages} };
	for my $k (1 .. $stages) {
		return if withdrawn($c, $at + 90);
		my $made = moment(int(($at - $at % 1440) / 1440) + 1, 540 + below(420));
		return if $made >= moment(0, 0);
		my $day = int(($made - $made % 1440) / 1440) + 3 + below(5);
		missed($c, $k, $day - 2) if $c->{n} % 31 == 7 && $k == 1 && $day < $LAST;
		$day = 0 if $c->{today} && $day > 0;
		my $interview = hold($c, $k, $made, $day);
		return if $interview->{end} >= moment(0, 0);
		my $rated = rate($c, $interview) // return;
		$at = next_working($rated + 60 + below(1800));
		return if $at >= moment(0, 0);
		if (mean(@{ $interview->{means} }) < 2.9) {
			return transfer($c, $at) if $c->{transferred};
			my $code = pick(qw(skills skills experience communication));
			return close_as($c, $at, $c->{role}{manager}, 'rejected', $code, say_of(@{ $words->{after_interview}[ $k - 1 ] }));
		}
		move($c, $at, 'recruiter', stage_id => stage_id($c->{role}, $k + 1)) if $k < $stages;
	}
	observe_level($c, $at - 30);
	return decide($c, $at + 30);
}

# Their strengths are elsewhere in the house.
sub transfer {
	my ($c, $at) = @_;
	step($at, 'recruiter', "POST /v1/applications/{{$c->{id}.id}}/transfer", save => "$c->{id}b",
		body => { role_id => '{{product.id}}', reason => 'Would be happier near the product, and was told so by both interviewers.' });
	$c->{closed} = { at => $at, status => 'withdrawn' };
	my $answered = next_working($at + 1440 * 7);
	step($answered, 'hiring_manager_2', "POST /v1/applications/{{$c->{id}b.id}}/move",
		body => { status => 'rejected', reason_code => 'other_candidate' }) if $answered < moment(0, 0);
	return;
}

# Under way, and waiting for something.
sub pause {
	my ($c) = @_;
	return if $c->{closed} || !$c->{paused};
	move($c, moment(-2, 930), 'recruiter', status => 'paused', reason => vary('Abroad until [next month|the 15th]; asked us to wait.'));
	return;
}

# ---- decisions -----------------------------------------------------------------------------------

# As the evaluation has it: weights, must-haves, the bar.
sub suggestion {
	my ($c) = @_;
	my ($sum, $weight, $failed) = (0, 0, 0);
	for my $one (@{ $c->{role}{criteria} }) {
		my ($name, $w, $must) = @$one;
		my $given = $c->{given}{$name} or next;
		$sum += $w * mean(@$given);
		$weight += $w;
		$failed ||= defined $must && mean(@$given) < $must;
	}
	return ($sum / $weight, !$failed && $sum / $weight >= $c->{role}{bar} - 1e-9 ? 'hire' : 'no_hire');
}

sub decide {
	my ($c, $at) = @_;
	my $role = $c->{role};
	my ($score, $suggestion) = suggestion($c);
	my $against = $c->{override};
	my $kind = $against ? ($suggestion eq 'hire' ? 'no_hire' : 'hire') : $suggestion;
	$at = next_working($at + 200);
	return if $at >= moment(0, 0);
	my @cards = sort keys %{ $c->{given} };
	my ($best, $worst) = (sort { mean(@{ $c->{given}{$b} }) <=> mean(@{ $c->{given}{$a} }) || $a cmp $b } @cards)[ 0, -1 ];
	my $why = say_of(@{ $words->{decisions}{$kind} });
	$why =~ s/\{best\}/lc $best/e;
	$why =~ s/\{worst\}/lc $worst/e;
	$why =~ s/\bapi\b/API/g;
	my %body = (kind => $kind, rationale => ucfirst $why);
	$body{level} = $role->{level} if $kind eq 'hire';
	$body{override_reason} = $words->{overrides}{$kind} if $against;
	my $split = abs($score - $role->{bar}) < 0.25 || $against;
	$body{dissent} = [ { user_id => "{{$role->{team}[ $c->{n} % @{ $role->{team} } ].id}}",
		text => say_of(@{ $words->{dissents}{$kind} }) } ] if $split;
	step($at, $role->{manager}, "POST /v1/applications/{{$c->{id}.id}}/decisions", body => \%body);
	return close_as($c, $at + 45, $role->{manager}, 'rejected', 'other_candidate', undef) if $kind eq 'no_hire';
	return offer($c, next_working($at + 1500));
}

sub offer {
	my ($c, $at) = @_;
	my $role = $c->{role};
	return if $at >= moment(0, 0);
	move($c, $at, 'recruiter', status => 'offered');
	my $answer = next_working($at + 1440 * (3 + below(4)));
	return if $answer >= moment(0, 0) || $c->{thinking};
	if ($role->{openings} <= 1) {
		return close_as($c, $answer, 'recruiter', 'offer_declined', 'compensation', $words->{declined});
	}
	$role->{openings}--;
	move($c, $answer, 'recruiter', status => 'hired');
	$c->{closed} = { at => $answer, status => 'hired' };
	return;
}

# What those who designed with them saw of the differentiators.
sub observe_level {
	my ($c, $at) = @_;
	return unless $c->{role}{level} eq 'Senior' && $at < moment(0, 0);
	for my $who (grep { my $one = $_; grep { ($_->{as} // '') eq $one
			&& ($_->{save} // '') =~ /^si$c->{id}_\d+_/ } steps() } @{ $c->{role}{team} }) {
		my %seen;
		for my $code (sort keys %{ $words->{levels} }) {
			next if chance(0.35);
			my $observed = chance(0.45 + 0.3 * $c->{theta});
			$seen{$code} = { observed => $observed ? JSON::PP::true : JSON::PP::false,
				($observed ? (evidence => vary($words->{levels}{$code})) : ()) };
		}
		step($at, $who, "PUT /v1/applications/{{$c->{id}.id}}/level", body => { observations => \%seen });
	}
	return;
}

# ---- afterwards ----------------------------------------------------------------------------------

sub letter {
	my ($c) = @_;
	return unless $c->{closed} && $c->{closed}{status} eq 'rejected' && $c->{given} && chance(0.7);
	my $at = next_working($c->{closed}{at} + 300);
	return if $at >= moment(0, 0);
	step($at, 'recruiter', "POST /v1/applications/{{$c->{id}.id}}/letter");
	step($at + 30, 'recruiter', "POST /v1/applications/{{$c->{id}.id}}/letter/release") unless $c->{n} % 7 == 0;
	return;
}

sub survey {
	my ($c) = @_;
	return unless $c->{closed} && chance(0.65);
	my $at = next_working($c->{closed}{at} + 1440 + below(2880));
	return if $at >= moment(0, 0);
	my $mood = $c->{closed}{status} eq 'rejected' ? 3.6 : 4.2;
	my $mark = sub { my $v = int($mood + normal(0.7) + 0.5); return $v < 1 ? 1 : $v > 5 ? 5 : $v };
	my %body = (clarity => $mark->(), respect => $mark->(), fairness => $mark->());
	$body{comment} = say_of(@{ $words->{comments} }) if chance(0.4);
	step_by_link($at, link_of($c, $at - 5), 'POST /v1/candidate_side/survey', body => \%body);
	return;
}

sub demographics {
	my ($c) = @_;
	return unless chance(0.75);
	my $at = next_working($c->{at} + 200);
	return if $at >= moment(0, 0);
	step_by_link($at, link_of($c, $at - 5), 'POST /v1/candidate_side/demographics',
		body => { gender => $c->{gender}, age => $c->{age}, disability => chance(0.16) ? 'yes' : 'no' });
	return;
}

sub notes {
	my ($c) = @_;
	return unless $c->{n} % 3 == 0;
	my $text = vary($words->{notes}[ ($c->{n} / 3) % @{ $words->{notes} } ]);
	my %body = (text => $text, application_id => "{{$c->{id}.id}}");
	$body{mentions} = ["{{$c->{role}{manager}.id}}"] if $text =~ /\@/;
	my $name = $c->{role}{manager_name};
	$body{text} =~ s/\@manager/\@$name/;
	step($c->{at} + 60, 'recruiter', "POST /v1/candidates/{{c$c->{n}.id}}/notes", body => \%body);
	return;
}

# ---- who they are --------------------------------------------------------------------------------

my @sources = (('Job board') x 5, ('Referral') x 4, ('Career page') x 4, ('GitHub') x 2, ('Community') x 2, 'Agency');
my %source_tells = ('Referral' => 0.35, 'GitHub' => 0.2, 'Community' => 0.1, 'Job board' => -0.15, 'Agency' => -0.1);

sub wants_of {
	my ($role) = @_;
	return { goals => [ (shuffle(qw(promotion new_skills leadership pay flexibility stability purpose)))[0, 1] ],
		work_mode => pick(qw(remote remote hybrid any)), notice_weeks => pick(4, 4, 8, 12),
		salary => { amount => $role->{salary_band}{min} + 1000 * below(($role->{salary_band}{max} - $role->{salary_band}{min}) / 900),
			currency => $role->{salary_band}{currency}, period => 'year' },
		text => pick(@{ $people->{wants} }) };
}

sub person {
	my ($role, $n, $i, $who) = @_;
	my ($name, $city, $country, $zone, $gender) = @$who;
	seed('northlight42', $n, $name);
	my $source = pick(@sources);
	my $count  = @{ $people->{ $role->{key} } };
	my $day    = int($role->{opened} + 4 + (-3 - $role->{opened} - 4) * ($i / ($count - 1))**0.55);
	my %c = (n => $n, role => $role, plain => $name, city => $city, country => $country, zone => $zone,
		gender => $gender, source => $source, sourced => ($source =~ /Referral|GitHub|Community/ ? 1 : 0),
		day => $day, at => moment($day, 480 + below(480)), age => pick(qw(under_30 30_to_39 30_to_39 40_to_49 40_to_49 50_and_over)),
		theta => normal($SD{person}) + ($source_tells{$source} // 0));
	$c{weak} = $c{theta} < -0.45 && chance(0.6);
	$c{profile} = profile($people, $role->{key}, \%c);
	$c{wants} = wants_of($role) if $c{sourced};
	return \%c;
}

sub settle_company {
	my $at = moment(-126, 540);
	step($at + $_, @{ $words->{settings}[$_]{who} }, body => $words->{settings}[$_]{body}) for 0 .. $#{ $words->{settings} };
	return;
}

sub main {
	my $n = 0;
	settle_company();
	for my $role (@$roles) {
		$role->{must} = { map { ($_->[0] => $_->[2]) } grep { defined $_->[2] } @{ $role->{criteria} } };
		open_role($role);
	}
	for my $role (@$roles) {
		my $i = 0;
		for my $who (@{ $people->{ $role->{key} } }) {
			my $c = person($role, ++$n, $i++, $who);
			for my $what (qw(transferred override thinking paused today)) {
				$c->{$what} = grep { $_ eq $c->{plain} } @{ $words->{stories}{$what} };
			}
			make_candidate($c);
			demographics($c);
			notes($c);
			travel($c);
			pause($c);
			letter($c);
			survey($c);
		}
	}
	step(moment($LAST, 1000), $_->{as}, $_->{call}, body => $_->{body}) for @{ $words->{last} };
	print JSON::PP->new->utf8->canonical->encode({ users => $words->{users}, steps => [ steps() ] }), "\n";
	return;
}

main();
