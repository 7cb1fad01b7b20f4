package locale

import "testing"

func TestSettle(t *testing.T) {
	for _, c := range []struct{ before, name, want string }{
		{"LANG=C.UTF-8", "LANG", "en_US.UTF-8"},
		{"LANG=POSIX", "LANG", "en_US.UTF-8"},
		{"", "LANG", "en_US.UTF-8"},
		{"LC_ALL=C", "LC_ALL", "en_US.UTF-8"},
		{"LANG=de_DE.UTF-8", "LANG", "de_DE.UTF-8"},
	} {
		env := map[string]string{}
		for i, r := range c.before {
			if r == '=' {
				env[c.before[:i]] = c.before[i+1:]
			}
		}
		settle(func(n string) string { return env[n] }, func(n, v string) error { env[n] = v; return nil })
		if env[c.name] != c.want {
			t.Errorf("%q: %s is %q, want %q", c.before, c.name, env[c.name], c.want)
		}
	}
}
