/* What links to the candidate's side look like. */
#ifndef RESOURCES_CANDIDATE_SIDE_H
#define RESOURCES_CANDIDATE_SIDE_H

/* Of the token, which travels in LINK_HEADER. */
#define CANDIDATE_LINK_PREFIX "cl"

#endif
