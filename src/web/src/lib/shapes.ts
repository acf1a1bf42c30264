// The API's shapes under the names that the screens use.
import type { Schemas } from './api.ts';

export type Me = Schemas['Me'];
export type Role = Schemas['Role'];
export type Stage = Schemas['Stage'];
export type Application = Schemas['Application'];
export type Interview = Schemas['Interview'];
export type Scorecard = Schemas['Scorecard'];
export type RubricVersion = Schemas['RubricVersion'];
export type Criterion = Schemas['RubricCriterion'];
export type Evaluation = Schemas['Evaluation'];
export type Comparison = Schemas['Comparison'];
export type ComparedCandidate = Schemas['ComparedCandidate'];
export type Decision = Schemas['Decision'];
export type NewDecision = Schemas['NewDecision'];
export type Attachment = Schemas['Attachment'];
export type Handover = Schemas['Handover'];
export type Material = Schemas['Material'];
export type MyWork = Schemas['MyWork'];
export type TeamMember = Schemas['HiringTeamMember'];
