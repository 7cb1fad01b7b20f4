package malloc

/*
#include <malloc.h>

static void keep(int trim, int map) {
#ifdef __GLIBC__
	mallopt(M_TRIM_THRESHOLD, trim);
	mallopt(M_MMAP_THRESHOLD, map);
#endif
}
*/
import "C"

const (
	trimAbove = 16 << 20 // bytes that may lie free at the heap's end
	mapAbove  = 4 << 20  // bytes of blocks that are mapped, and unmapped when freed
)

// KeepFreed keeps memory that is freed, instead of giving it back to the system
// each time: Mesa's software rasteriser allocates some megabytes anew for each
// picture of the window, and each of their pages would be a page fault again. It
// does nothing but with glibc (mallopt(3)).
func KeepFreed() { C.keep(trimAbove, mapAbove) }
