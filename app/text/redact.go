package text

import "regexp"

// secrets are the parts of links, addresses and headers that nobody else may read:
// codes, keys, tokens by name, what looks like a token (RFC 7519), and a bearer's.
var secrets = regexp.MustCompile(`(?i)\b(code|k|key|token|access_token|password|secret)=[^&\s"'<>#]+` +
	`|\bbearer\s+[\w.~+/-]+=*` +
	`|\beyJ[\w-]+\.[\w-]+\.[\w-]*|\beyJ[\w-]{8,}(\.[\w-]*)?`)

// queries are what stands in an address behind its path, and before its host.
var queries = regexp.MustCompile(`\b((?i:https?|wss?|foyer)://)([^\s"'<>/?#@]*@)?([^\s"'<>?#]*)([?#][^\s"'<>]*)?`)

// removed stands where something was.
const removed = "(removed)"

// Redact takes codes, keys and tokens out of an error or a report, and what stands
// in addresses beside their hosts and paths. Every error that a server or a library
// has worded goes through it before a person, a file or another program gets it.
func Redact(s string) string {
	s = queries.ReplaceAllStringFunc(s, func(u string) string {
		m := queries.FindStringSubmatch(u)
		out := m[1] + m[3]
		if m[4] != "" {
			out += m[4][:1] + removed
		}
		return out
	})
	return secrets.ReplaceAllString(s, removed)
}
