# Opens the roles: rubric, hiring team, intake, plan with its dry runs.
package opening;
use strict;
use warnings FATAL => "all";
use utf8;
use Exporter 'import';
use script;
our @EXPORT = qw(open_role stage_id);

my $dir   = __FILE__ =~ s{[^/]*$}{}r;
my $words = read_json("${dir}words.json");
my %anchors;
for my $rubric (@{ read_json("${dir}../templates/rubrics.json")->{items} }) {
	$anchors{ $_->{name} } //= $_ for @{ $rubric->{content}{criteria} };
}

sub criterion {
	my ($id, $name, $weight, $must) = @_;
	my $anchors = $words->{anchors}{$name} // $anchors{$name}{anchors};
	return { competency_id => "{{$id.id}}", weight => $weight, must_have_level => $must, anchors => $anchors };
}

# A competency is made once, whoever needs it.
my %competency;
sub competency {
	my ($at, $name) = @_;
	if (!$competency{$name}) {
		$competency{$name} = 'k' . keys %competency;
		step($at, 'recruiter', 'POST /v1/competencies', save => $competency{$name}, body => {
			name => $name, description => $words->{competencies}{$name} // $anchors{$name}{description} });
	}
	return $competency{$name};
}

sub make_rubric {
	my ($role) = @_;
	my $at = moment($role->{opened} - 3, 600);
	my $key = $role->{key};
	my @criteria;
	if ($key eq 'role') {
		$role->{competency}{ $role->{criteria}[$_][0] } = "rubric.competencies.$_" for 0 .. 4;
		return;
	}
	for my $one (@{ $role->{criteria} }) {
		my ($name, $weight, $must) = @$one;
		my $id = competency($at, $name);
		$role->{competency}{$name} = $id;
		push @criteria, criterion($id, $name, $weight, $must);
	}
	step($at + 5, 'recruiter', 'POST /v1/rubrics', save => "rubric_$key",
		body => { name => $role->{rubric}, description => $role->{rubric_from} });
	step($at + 40, 'recruiter', "PATCH /v1/rubric_versions/{{rubric_$key.draft_version_id}}",
		body => { criteria => \@criteria });
	step($at + 90, 'recruiter', "POST /v1/rubric_versions/{{rubric_$key.draft_version_id}}/publish",
		save => "version_$key");
	return;
}

sub publish {
	my ($role) = @_;
	my ($key, $at) = ($role->{key}, moment($role->{opened}, 635));
	step($at, $role->{manager}, 'POST /v1/postings', save => "posting_$key",
		body => { %{ $role->{posting} }, role_id => "{{$key.id}}" });
	step($at + 1, $role->{manager}, "POST /v1/postings/{{posting_$key.id}}/publish");
	return;
}

sub make_role {
	my ($role) = @_;
	my ($key, $day) = @{$role}{qw(key opened)};
	my $as = $role->{manager};
	if ($key ne 'role') {
		step(moment($day, 540), 'recruiter', 'POST /v1/roles', save => $key,
			body => { %{ $role->{body} }, rubric_version_id => "{{version_$key.id}}" });
		step(moment($day, 560), 'recruiter', "PUT /v1/roles/{{$key.id}}/hiring_team/{{$as.id}}",
			body => { part => 'hiring_manager' });
	}
	step(moment($day, 570), 'recruiter', "PUT /v1/roles/{{$key.id}}/hiring_team/{{$_.id}}",
		body => { part => 'interviewer' }) for @{ $role->{team} };
	step(moment($day, 600), $as, "PUT /v1/roles/{{$key.id}}/intake", body => $role->{intake});
	step(moment($day, 630), $as, "PUT /v1/roles/{{$key.id}}/disclosures", body => $role->{disclosures});
	publish($role) if $role->{posting};
	step(moment($day, 640), 'recruiter', "POST /v1/templates/$role->{ladder}/copy", save => "ladder_$key")
		if $role->{ladder};
	step(moment($day, 660), 'recruiter', "PATCH /v1/roles/{{$key.id}}", body => {
		ladder_id => '{{' . $role->{ladder_of} . '.ladder_id}}', level => $role->{level},
		salary_band => $role->{salary_band} });
	return;
}

# The template's plan, with a focus from the role's own rubric.
sub make_plan {
	my ($role) = @_;
	my ($key, $at) = ($role->{key}, moment($role->{opened} + 1, 540));
	return if $key eq 'role';
	step($at, 'recruiter', "POST /v1/roles/{{$key.id}}/plans", save => "plan_$key",
		body => { template_id => 'plan-backend' });
	step($at + 5, 'recruiter', "DELETE /v1/stages/{{plan_$key.stages.5.id}}");
	my $n = 0;
	for my $stage (@{ $role->{stages} }) {
		my $body = { name => $stage->{name}, default_interviewer_ids => [ map { "{{$_.id}}" } @{ $stage->{raters} }[0, 1] ],
			competency_ids => [ map { "{{$role->{competency}{$_}.id}}" } @{ $stage->{focus} } ] };
		my $brief = $stage->{brief};
		$body->{candidate_brief} = $brief if $brief;
		$n++;
		step($at + 10 + $n, $role->{manager}, "PATCH /v1/stages/{{plan_$key.stages.$n.id}}", body => $body);
		next unless $stage->{sample};
		my ($first, $second) = @{ $stage->{raters} };
		step($at + 1440, $first, "POST /v1/stages/{{plan_$key.stages.$n.id}}/dry_runs",
			body => { minutes => 95, notes => $words->{dry_runs}[0] });
		step($at + 1500, $second, "POST /v1/stages/{{plan_$key.stages.$n.id}}/dry_runs",
			body => { minutes => 115, notes => $words->{dry_runs}[1] });
	}
	step(moment($role->{opened} + 3, 600), 'recruiter', "PATCH /v1/roles/{{$key.id}}", body => { status => 'open' });
	return;
}

# The id of a role's stage: 0 is the first call.
sub stage_id {
	my ($role, $n) = @_;
	return '{{' . ($role->{key} eq 'role' ? $role->{saved}[$n] : "plan_$role->{key}.stages.$n") . '.id}}';
}

sub open_role {
	my ($role) = @_;
	make_rubric($role);
	make_role($role);
	make_plan($role);
	return;
}

1;
