/* attr - compiler attributes that document a promise, and the number of elements of an array. */
#ifndef LIBMINICLASS_BASE_ATTR_H
#define LIBMINICLASS_BASE_ATTR_H

#define MC_MUST_USE __attribute__((warn_unused_result))
#define MC_PRINTF(string, first) __attribute__((format(printf, string, first)))
#define MC_COLD __attribute__((cold))

#define MC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The struct of type `type` whose member `member` is at `ptr`. */
#define MC_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
