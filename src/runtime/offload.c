/* Runs long computations on a few threads of lower priority, while their coroutines wait. */
#include "runtime/offload.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/log.h"
#include "runtime/coroutine.h"
#include "runtime/loop.h"

#define NICENESS 5 /* so that requests go before */

/* Lives on its coroutine's stack, which stands still until the job is done. */
struct job {
	void (*work)(void *arg);
	void *arg;
	struct loop *loop;
	struct loop_posting done;
	struct job *next;
};

struct offload {
	pthread_mutex_t lock;
	pthread_cond_t work_came;
	struct job *first, **end;
	unsigned waiting, most_waiting; /* jobs in the list */
	unsigned busy;			/* threads with a job */
	bool stopping;
	unsigned thread_count;
	pthread_t threads[];
};

/* With the lock held: the next job, or NULL when there will be none. */
static struct job *await_job(struct offload *offload)
{
	struct job *job;

	while (!offload->first && !offload->stopping)
		(void)pthread_cond_wait(&offload->work_came, &offload->lock);
	job = offload->first;
	if (job) {
		offload->first = job->next;
		if (!offload->first)
			offload->end = &offload->first;
		offload->waiting--;
		offload->busy++;
	}
	return job;
}

static void *run_thread(void *arg)
{
	struct offload *offload = arg;
	id_t self = (id_t)gettid(); /* on Linux a priority is a thread's own */
	struct job *job;

	(void)pthread_setname_np(pthread_self(), "offload");
	if (setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + NICENESS) != 0)
		log_line(LOG_WARN, "offload.nice", "refused=%d", NICENESS);
	(void)pthread_mutex_lock(&offload->lock);
	while ((job = await_job(offload))) {
		(void)pthread_mutex_unlock(&offload->lock);
		job->work(job->arg);
		(void)pthread_mutex_lock(&offload->lock);
		offload->busy--;			   /* before its coroutine can ask again */
		loop_post_borrowed(job->loop, &job->done); /* from here on the job is gone */
	}
	(void)pthread_mutex_unlock(&offload->lock);
	return NULL;
}

/* Signals are the main thread's: those started here inherit a full mask. */
static enum err start_threads(struct offload *offload, unsigned threads)
{
	sigset_t all, before;
	int rc = 0;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (offload->thread_count < threads && rc == 0) {
		rc = pthread_create(&offload->threads[offload->thread_count], NULL, run_thread,
				    offload);
		if (rc == 0)
			offload->thread_count++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? OK : ERR_MEMORY;
}

struct offload *offload_new(unsigned threads, unsigned queue)
{
	struct offload *offload = calloc(1, sizeof(*offload) + threads * sizeof(pthread_t));

	if (!offload)
		return NULL;
	offload->end = &offload->first;
	offload->most_waiting = queue;
	if (pthread_mutex_init(&offload->lock, NULL) != 0 ||
	    pthread_cond_init(&offload->work_came, NULL) != 0) {
		free(offload);
		return NULL;
	}
	if (start_threads(offload, threads) != OK) {
		offload_free(offload);
		return NULL;
	}
	return offload;
}

void offload_free(struct offload *offload)
{
	if (!offload)
		return;
	(void)pthread_mutex_lock(&offload->lock);
	offload->stopping = true;
	(void)pthread_cond_broadcast(&offload->work_came);
	(void)pthread_mutex_unlock(&offload->lock);
	for (unsigned i = 0; i < offload->thread_count; i++)
		(void)pthread_join(offload->threads[i], NULL);
	assert(!offload->first || offload->thread_count == 0);
	(void)pthread_cond_destroy(&offload->work_came);
	(void)pthread_mutex_destroy(&offload->lock);
	free(offload);
}

static void resume(void *arg)
{
	coroutine_resume(arg);
}

enum err offload_run(struct offload *offload, void (*work)(void *arg), void *arg)
{
	struct job job = {.work = work, .arg = arg, .loop = loop_current()};
	bool taken;

	assert(job.loop && coroutine_current());
	job.done = (struct loop_posting){.call = resume, .arg = coroutine_current()};
	(void)pthread_mutex_lock(&offload->lock);
	/* What a free thread is about to take does not wait in earnest. */
	taken = offload->waiting < offload->most_waiting + offload->thread_count - offload->busy;
	if (taken) {
		*offload->end = &job;
		offload->end = &job.next;
		offload->waiting++;
		(void)pthread_cond_signal(&offload->work_came);
	}
	(void)pthread_mutex_unlock(&offload->lock);
	if (!taken)
		return ERR_BUSY;
	coroutine_yield();
	return OK;
}
