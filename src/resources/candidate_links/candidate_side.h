/* What links to the candidate's side look like. */
#ifndef RESOURCES_CANDIDATE_SIDE_H
#define RESOURCES_CANDIDATE_SIDE_H

/*
 * The token travels in the header Candidate-Link and never in an address, where logs, histories and
 * referrers would keep it; a page gets it after the '#', which browsers do not send.
 */
#define CANDIDATE_LINK_PREFIX "cl"
#define CANDIDATE_LINK_HEADER "Candidate-Link"

#endif
