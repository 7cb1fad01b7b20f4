package locale

import (
	"os"
	"strings"
)

func init() { settle(os.Getenv, os.Setenv) }

// settle replaces the locale that counts (POSIX, 8.2) when it names no language.
func settle(get func(string) string, set func(string, string) error) {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := get(name)
		if v == "" {
			continue
		}
		if base, _, _ := strings.Cut(v, "."); base == "C" || base == "POSIX" {
			_ = set(name, "en_US.UTF-8") // fails on malformed names only
		}
		return
	}
	_ = set("LANG", "en_US.UTF-8")
}
