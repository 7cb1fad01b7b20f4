package meeting

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
)

// The guide's table of keys has every key of a meeting, with the words of the
// program's own list, and no other.
func TestGuideHasTheKeys(t *testing.T) {
	b, err := os.ReadFile("../../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(b), "\n## Keyboard\n")
	if !found {
		t.Fatal("the guide has no section on the keyboard")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var told, there []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.+?) \\|$").FindAllStringSubmatch(section, -1) {
		told = append(told, m[1]+": "+m[2])
	}
	for _, s := range shortcuts(TalkHold, fyne.KeySpace) {
		there = append(there, s.key+": "+s.does)
	}
	if !slices.Equal(told, there) {
		t.Errorf("the guide has\n%s\nthe program has\n%s", strings.Join(told, "\n"), strings.Join(there, "\n"))
	}
}

// Each key that types something does something.
func TestKeysOfTheListAct(t *testing.T) {
	for _, s := range shortcuts(TalkOff, "") {
		if r := []rune(strings.ToLower(s.key)); len(r) == 1 && (s.typed != r[0] || s.act == nil) {
			t.Errorf("%q types %q, and acts: %v", s.key, s.typed, s.act != nil)
		}
	}
}
