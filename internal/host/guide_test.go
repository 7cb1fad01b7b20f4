package host

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// The hosting guide's table names every flag of foyer serve, and no other.
func TestGuideNamesEveryFlag(t *testing.T) {
	var there []string
	told := all(guide(t), "(?m)^\\| `--([a-z-]+)` \\|")
	Command("test").Flags().VisitAll(func(f *pflag.Flag) { there = append(there, f.Name) })
	slices.Sort(told)
	slices.Sort(there)
	if len(there) == 0 || !slices.Equal(told, there) {
		t.Errorf("the guide has flags %q; the program has %q", told, there)
	}
}

// Its firewalls open the ports that foyer serve has if nobody says otherwise,
// and its table of flags has the same.
func TestGuideOpensThePorts(t *testing.T) {
	text, d := guide(t), DefaultConfig()
	signalling := strings.TrimPrefix(d.Listen, ":")
	for _, line := range []string{
		fmt.Sprintf("    ufw allow %s/tcp\n    ufw allow %d/tcp\n    ufw allow %d/udp\n", signalling, d.TCPPort, d.UDPPort),
		fmt.Sprintf("tcp dport { 22, %s, %d } accept\n", signalling, d.TCPPort),
		fmt.Sprintf("udp dport %d accept\n", d.UDPPort),
		fmt.Sprintf("default `%s` |", d.Listen),
		fmt.Sprintf("default %d |", d.TCPPort),
		fmt.Sprintf("default %d |", d.UDPPort),
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the guide does not have %q", line)
		}
	}
}

// Its table of requests has each one that the password or a host's token is
// for, and no other.
func TestGuideNamesEveryRequest(t *testing.T) {
	told := all(guide(t), "(?m)^\\| `((?:GET|POST|DELETE) /api/[^`]+)` \\|")
	b, err := os.ReadFile("api.go")
	if err != nil {
		t.Fatal(err)
	}
	there := all(string(b), `m\.HandleFunc\("([^"]+)", s\.(?:admin|moderator)\(`)
	for i, r := range there {
		there[i] = regexp.MustCompile(`\{\w+\}`).ReplaceAllStringFunc(r, func(v string) string { return strings.ToUpper(strings.Trim(v, "{}")) })
	}
	slices.Sort(told)
	slices.Sort(there)
	if len(there) == 0 || !slices.Equal(told, there) {
		t.Errorf("the guide has requests %q; the program has %q", told, there)
	}
}

// What the notes on security say in figures is what the program does.
func TestSecurityNotesFigures(t *testing.T) {
	b, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(b)), " ")
	words := map[int]string{8: "eight", 10: "ten"}
	for _, said := range []string{
		fmt.Sprintf("guesses wrong %s times waits %.0f seconds", words[guessBurst], guessEvery.Seconds()),
		fmt.Sprintf("a token for %s minutes", words[int(tokenLife.Minutes())]),
		fmt.Sprintf("a session of %s hours", words[int(sessionLength.Hours())]),
		fmt.Sprintf("A code is %d random bits", len(newCode())*5), // base 32
	} {
		if !strings.Contains(text, said) {
			t.Errorf("the notes do not say %q", said)
		}
	}
}

func guide(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/hosting/README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// all are a pattern's first groups.
func all(text, pattern string) []string {
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}
