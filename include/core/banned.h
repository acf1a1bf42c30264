/* Force-included: functions that no one here may call, because a safer one stands beside each. */
#ifndef CORE_BANNED_H
#define CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison localtime gmtime ctime asctime strtok
#pragma GCC poison atoi atol atoll atof alloca

#endif
