#include <spawn.h>

/* glibc 2.34; spawn.h has it for _GNU_SOURCE only, which Swift's Glibc is not made with. */
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
