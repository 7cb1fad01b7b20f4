package hostile

import (
	"strings"
	"testing"
)

// SkipRacing skips a test where the race detector watches: it takes several times the
// memory and the time, and finds races of other projects that we cannot mend. Such a
// test has Unraced in its name: by that make test runs it without the detector.
func SkipRacing(t testing.TB) {
	t.Helper()
	if !strings.Contains(t.Name(), "Unraced") {
		t.Fatal("a test that is not for the race detector has Unraced in its name")
	}
	if racing {
		t.Skip("the race detector takes memory and time of its own: make test runs this without it")
	}
}
