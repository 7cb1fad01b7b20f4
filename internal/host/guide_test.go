package host

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/spf13/pflag"
)

// The hosting guide's table names every flag of foyer serve, and no other.
func TestGuideNamesEveryFlag(t *testing.T) {
	b, err := os.ReadFile("../../docs/hosting/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var told, there []string
	for _, m := range regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\|").FindAllStringSubmatch(string(b), -1) {
		told = append(told, m[1])
	}
	Command("test").Flags().VisitAll(func(f *pflag.Flag) { there = append(there, f.Name) })
	slices.Sort(told)
	slices.Sort(there)
	if len(there) == 0 || !slices.Equal(told, there) {
		t.Errorf("the guide has flags %q; the program has %q", told, there)
	}
}
