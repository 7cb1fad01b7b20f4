//go:build race

package hostile

// Racing says that the race detector watches: it takes several times the memory, and
// finds races of other projects that we cannot mend. Tests that mind either say so
// and are run without it by make test.
const Racing = true
