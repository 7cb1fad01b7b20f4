//go:build !race

package hostile

// Racing says that the race detector watches.
const Racing = false
