package invite

import (
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tidy returns pasted text as one line for the link's field: where several lines or
// words hold a link, that alone, else the text.
func Tidy(s string) string {
	t, err := Parse(s)
	if err != nil || len(strings.Fields(s)) < 2 {
		return s
	}
	if t.Link != nil {
		return t.Link.String()
	}
	return t.Direct.URL + " " + t.Direct.Token
}

// FindCode finds the invite code of the link's room in what was pasted: alone,
// behind a word and a colon, as code=..., or in a whole link. Quotes and punctuation
// around it are left out. What holds none comes back as it is, for the host to refuse.
func (l Link) FindCode(s string) string {
	s = plain(s)
	if t, err := Parse(s); err == nil && t.Link != nil && t.Link.Code != "" {
		if t.Link.Host == l.Host && t.Link.Room == l.Room {
			return t.Link.Code
		}
		return s // another meeting's
	}
	words := strings.Fields(s)
	n := len(words)
	if n == 0 || n > 1 && !strings.HasSuffix(words[n-2], ":") {
		return s
	}
	word := strings.Trim(words[n-1], around)
	if _, after, ok := strings.Cut(word, "code="); ok {
		word, _, _ = strings.Cut(after, "&")
	}
	if !codeForm.MatchString(word) {
		return s
	}
	return word
}

// around are the marks that stand around a link in a sentence, but not in it.
const around = ".,;:!?'’‘‚‛…*\"“”„‟«»‹›()[]{}<>。、，；：！？「」『』（）《》〈〉【】`´|"

// Marks that end a link: after a quote, nothing of it follows.
const (
	quotes = "\"“”„‟«»‹›「」『』`"
	stops  = quotes + "<>)]}|。、，；！？…（）《》〈〉【】"
)

// plain leaves out what cannot be seen, and makes a space of all kinds of spaces.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085' || r == '\v' || r == '\f':
			return '\n'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' || r == '\u034f' || r == '\ufe0f' || r == '\ufe0e':
			return -1 // a soft hyphen, a zero-width space, a mark of direction
		case unicode.IsControl(r):
			return utf8.RuneError
		}
		return r
	}, s)
	for range 2 { // "&amp;amp;" comes of escaping twice
		s = entities.Replace(s)
	}
	return strings.TrimSpace(s)
}

// entities are those that stand in or around links in the source of a page or mail.
var entities = strings.NewReplacer("&amp;", "&", "&AMP;", "&", "&#38;", "&", "&#x26;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"",
	"&#34;", "\"", "&#39;", "'", "&#x27;", "'", "&apos;", "'", "&nbsp;", " ", "&#160;", " ", "&shy;", "", "&zwnj;", "", "&#8203;", "", "&#173;", "")

var schemes = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://`)

// find finds the one link in a text.
func find(s string) (Target, error) {
	var (
		found  Target
		failed error
		strict bool // failed by a link that cannot be anything but ours
		other  bool // a link of another kind
	)
	for at := 0; at < len(s); {
		m := schemes.FindStringIndex(s[at:])
		if m == nil {
			break
		}
		from, authority := at+m[0], at+m[1]
		var t Target
		var end int
		var err error
		switch scheme := strings.ToLower(s[from : authority-len("://")]); scheme {
		case "ws", "wss":
			t, end, err = findDirect(s, from, authority)
			strict = strict || err != nil
		case "foyer", "https", "http":
			t, end, err = findLink(s, from, authority)
			strict = strict || err != nil && scheme == "foyer"
		default:
			end, other = authority, true
			for end < len(s) && !strings.ContainsRune(" \n", rune(s[end])) {
				end++
			}
			at = end
			continue
		}
		at = end
		if err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		if found, err = same(found, t); err != nil {
			return Target{}, err
		}
	}
	switch {
	case strict:
		return Target{}, failed
	case found != Target{}:
		return found, nil
	case failed != nil:
		return Target{}, failed
	case other:
		return Target{}, malformed("links begin with foyer:// or https://")
	}
	return findBare(s)
}

// same returns the one target that two are. A link without its code or key, as in
// "or type ...", is the same as the whole one beside it.
func same(a, b Target) (Target, error) {
	if a == (Target{}) || reflect.DeepEqual(a, b) {
		return b, nil
	}
	if a.Link != nil && b.Link != nil && a.Link.Host == b.Link.Host && a.Link.Room == b.Link.Room && a.Link.Insecure == b.Link.Insecure {
		if within(*a.Link, *b.Link) {
			return b, nil
		}
		if within(*b.Link, *a.Link) {
			return a, nil
		}
	}
	return Target{}, ErrTwoLinks
}

// within reports whether b has all that a has.
func within(a, b Link) bool {
	return (a.Code == "" || a.Code == b.Code) && (len(a.Key) == 0 || string(a.Key) == string(b.Key)) &&
		(len(a.Fingerprint) == 0 || string(a.Fingerprint) == string(b.Fingerprint))
}

// stretch returns where what may be a link ends, which begins at from with a scheme.
func stretch(s string, from, authority int) int {
	inPath, inQuery := false, false
	for i, r := range s[authority:] {
		i += authority
		switch {
		case r == ' ' || r == '\n':
			return i
		case r == ']' && !inPath: // of an IPv6 address
		case strings.ContainsRune(stops, r) && (inPath || !strings.ContainsRune("。", r)): // a full stop of a host, too
			return i
		case r == '/' || r == '?' || r == '#':
			inPath = true
			inQuery = inQuery || r != '/'
		case inQuery && r >= 0x80 && r != utf8.RuneError: // what follows is no part of a code or key
			return i
		}
	}
	return len(s)
}

// trimmed cuts the marks of the sentence off a link's end. before is what stands
// in front of it: emphasis is closed as it was opened.
func trimmed(link, before string) string {
	link = strings.TrimRight(link, around)
	if r, _ := utf8.DecodeLastRuneInString(before); r == '_' || r == '~' {
		link = strings.TrimRight(link, string(r))
	}
	return strings.TrimRight(link, around)
}

// linesMax is over how many lines a mail program may have broken a link.
const linesMax = 12

// narrowest is how long a line is at least that a mail program has broken.
const narrowest = 56

func findLink(s string, from, authority int) (Target, int, error) {
	end := stretch(s, from, authority)
	if r, _ := utf8.DecodeRuneInString(s[end:]); end < len(s) && strings.ContainsRune(quotes, r) {
		if next := s[end+utf8.RuneLen(r):]; next != "" && isWord(next[0]) {
			return Target{}, end, malformed("a quotation mark stands in it")
		}
	}
	before := s[:from]
	bracketed := strings.HasSuffix(before, "<")
	type version struct {
		link string
		end  int
	}
	versions := []version{{s[from:end], end}}
	for len(versions) < linesMax && end < len(s) && s[end] == '\n' {
		// A line broken within the link, maybe of a quoted mail.
		at := end
		for at < len(s) && (s[at] == '\n' || s[at] == ' ') {
			at++
		}
		if strings.Count(s[end:at], "\n") > 2 { // CR LF make two
			break
		}
		for strings.HasPrefix(s[at:], ">") {
			at++
			for at < len(s) && s[at] == ' ' {
				at++
			}
		}
		to := at + stretch(s[at:], 0, 0)
		line := s[at:to]
		if line == "" || strings.Contains(line, "://") || to < len(s) && s[to] == ' ' {
			break
		}
		versions = append(versions, version{versions[len(versions)-1].link + line, to})
		end = to
	}
	// The shortest that can be read is the link, unless what follows is of it by its looks.
	best, bestErr := -1, error(nil)
	var link *Link
	for i, v := range versions {
		l, err := parseLink(trimmed(v.link, before))
		switch {
		case err != nil && best < 0 && bestErr == nil:
			bestErr = err
		case err == nil && (best < 0 || bracketed || continues(versions[best].link, v.link)):
			best, link = i, l
		}
	}
	if best < 0 {
		return Target{}, versions[0].end, bestErr
	}
	return Target{Link: link}, versions[best].end, nil
}

// continues reports whether whole is a link that was broken after part, and not
// a link with a word in the line below it.
func continues(part, whole string) bool {
	added := whole[len(part):]
	if strings.ContainsAny(added, "#=&?/") || strings.ContainsAny(part[len(part)-1:], "=&?#/-%") {
		return true
	}
	i := strings.LastIndexByte(added, '\n')
	return len(part) >= narrowest && strings.ContainsFunc(added[i+1:], func(r rune) bool { return unicode.IsDigit(r) || r == '_' })
}

func isWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}

// tokenForm is a LiveKit token as it is made: a JWT, whose first part is JSON.
var tokenForm = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)

// findDirect finds a LiveKit address and the token in it or behind it.
func findDirect(s string, from, authority int) (Target, int, error) {
	end := stretch(s, from, authority)
	u, err := url.Parse(trimmed(s[from:end], s[:from]))
	if err != nil || u.Host == "" || u.User != nil {
		return Target{}, end, malformed("the LiveKit address cannot be read")
	}
	host, err := Host(u.Host)
	if err != nil {
		return Target{}, end, err
	}
	// All that follows, up to another link, is looked through for the token.
	rest := len(s)
	if m := schemes.FindStringIndex(s[end:]); m != nil {
		rest = end + m[0]
	}
	token, err := findToken(strings.TrimLeft(s[end:rest], stops))
	if err != nil {
		return Target{}, rest, err
	}
	q := u.Query()
	for _, name := range []string{"access_token", "token"} {
		if token == "" {
			token = q.Get(name)
		}
	}
	if token == "" {
		return Target{}, rest, malformed("a LiveKit address needs a token behind it")
	}
	if !tokenPart.MatchString(token) || strings.Count(token, ".") != 2 || strings.Trim(token, around) != token {
		return Target{}, rest, malformed("the token behind the address is not one")
	}
	// Marks before a query are the sentence's at the address's end.
	path := strings.TrimRight(u.EscapedPath(), around+"/")
	d := &Direct{URL: strings.ToLower(u.Scheme) + "://" + host + path, Token: token}
	return Target{Direct: d}, rest, nil
}

// findToken finds the token among words; "" where there are none at all.
func findToken(s string) (string, error) {
	var tokens []string
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' })
	for i := 0; i < len(lines); i++ {
		words := strings.Fields(lines[i])
		for n, word := range words {
			last := n == len(words)-1
			word = strings.TrimLeft(word, around)
			if _, after, ok := strings.Cut(word, "token="); ok {
				word = strings.TrimLeft(after, around)
			}
			if !strings.HasPrefix(word, "eyJ") {
				continue
			}
			// The lines of a broken token are words of their own.
			for last && i+1 < len(lines) && len(strings.Fields(lines[i+1])) == 1 && (strings.Count(word, ".") < 2 || len(word) >= narrowest) {
				next := strings.TrimSpace(lines[i+1])
				if !tokenPart.MatchString(strings.TrimRight(next, around)) || strings.Count(word, ".") == 2 && len(next) < 3 {
					break
				}
				word += next
				i++
			}
			if word = strings.TrimRight(word, around); tokenForm.MatchString(word) && (len(tokens) == 0 || tokens[0] != word) {
				tokens = append(tokens, word)
			}
		}
	}
	switch words := strings.Fields(s); {
	case len(tokens) == 1:
		return tokens[0], nil
	case len(tokens) > 1:
		return "", malformed("it has two different tokens")
	case len(words) == 0:
		return "", nil
	case len(words) == 1:
		return strings.Trim(words[0], around), nil
	}
	return "", malformed("the token behind the address is not one")
}

// tokenPart are the characters of a JWT (RFC 7515, section 3.1).
var tokenPart = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// findBare finds HOST:PORT/ROOM. Among other words it is one with a slash behind a
// port or a dot: "and/or" is none.
func findBare(s string) (Target, error) {
	words := strings.Fields(s)
	if len(words) == 1 {
		word := strings.TrimLeft(s, strings.ReplaceAll(around, "[", "")) // of an IPv6 address
		word = word[:stretch(word, 0, 0)]
		l, err := parseLink("foyer://" + trimmed(word, ""))
		if err != nil {
			return Target{}, err
		}
		return Target{Link: l}, nil
	}
	var found Target
	failed := malformed("it has no link")
	for _, word := range words {
		word = strings.TrimLeft(word, strings.ReplaceAll(around, "[", ""))
		host, _, ok := strings.Cut(word, "/")
		if !ok || !strings.ContainsAny(host, ".:]") || strings.Contains(host, "@") {
			continue
		}
		word = word[:stretch(word, 0, 0)]
		l, err := parseLink("foyer://" + trimmed(word, ""))
		if err != nil {
			failed = err
			continue
		}
		if found, err = same(found, Target{Link: l}); err != nil {
			return Target{}, err
		}
	}
	if found == (Target{}) {
		return found, failed
	}
	return found, nil
}
