package invite

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// hostForm is a name in ASCII. An underscore is in no host name of RFC 1123, but
// in those of many a company's network.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$`)

// labelMax is how long a label of a name may be (RFC 1035).
const labelMax = 63

// Host returns host or host:port as links carry it: in lower case, names of other
// scripts in Punycode by IDNA2008's rules for looking up, without the final dot,
// IPv6 in brackets. Errors wrap ErrMalformed.
func Host(h string) (string, error) {
	name, port := h, ""
	if i := strings.LastIndexByte(h, ':'); i >= 0 && !strings.HasSuffix(h, "]") {
		name, port = h[:i], h[i+1:]
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
			return "", malformed("the port is not a number from 1 to 65535")
		}
	}
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		ip, err := netip.ParseAddr(name[1 : len(name)-1])
		if err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", malformed("the host is not an address")
		}
		name = "[" + ip.String() + "]"
	} else {
		var err error
		if name, err = asciiName(name); err != nil {
			return "", err
		}
	}
	if port == "" {
		return name, nil
	}
	return name + ":" + port, nil
}

func asciiName(name string) (string, error) {
	wrong := malformed("the host is not a name or address")
	if len(name) > 4*255 {
		return "", wrong
	}
	if !isASCII(name) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return "", wrong
		}
		name = ascii
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if !hostForm.MatchString(name) {
		return "", wrong
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > labelMax || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return "", wrong
		}
		if strings.HasPrefix(label, "xn--") {
			if _, err := idna.Lookup.ToUnicode(label); err != nil {
				return "", wrong
			}
		}
	}
	return name, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ShownHost is a link's host as a person reads it: a name in Punycode in its own
// letters, where none of its labels could be taken for another, as browsers do it.
func ShownHost(host string) string {
	if !strings.Contains(host, "xn--") {
		return host
	}
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		name, port = host[:i], host[i:]
	}
	shown, err := idna.Lookup.ToUnicode(name)
	if err != nil {
		return host
	}
	if back, err := idna.Lookup.ToASCII(shown); err != nil || back != name {
		return host
	}
	for label := range strings.SplitSeq(shown, ".") {
		if !isASCII(label) && !unmistakable(label) {
			return host
		}
	}
	return shown + port
}

// Scripts that are written together in one word.
var writtenTogether = [][]*unicode.RangeTable{
	{unicode.Han, unicode.Hiragana, unicode.Katakana},
	{unicode.Han, unicode.Bopomofo},
	{unicode.Han, unicode.Hangul},
	{unicode.Arabic}, {unicode.Hebrew}, {unicode.Cyrillic}, {unicode.Greek}, {unicode.Armenian}, {unicode.Georgian},
	{unicode.Devanagari}, {unicode.Bengali}, {unicode.Gurmukhi}, {unicode.Gujarati}, {unicode.Tamil}, {unicode.Telugu},
	{unicode.Kannada}, {unicode.Malayalam}, {unicode.Sinhala}, {unicode.Thai}, {unicode.Lao}, {unicode.Khmer}, {unicode.Myanmar},
	{unicode.Ethiopic},
}

// likeLatin are letters of other scripts that look like Latin ones. A word of them
// alone is one that could be read in Latin.
const likeLatin = "асԁеһіјӏорԗԛѕԝхуъьҽпгѵѡкмнтвʏ" + "αικνρυωητοχγεσ" + "օսոցհքաԁզյ"

// unmistakable reports whether a label that is not all ASCII is of one script, and
// not of letters that look like another's.
func unmistakable(label string) bool {
	if strings.ContainsAny(label, "ʻ・·ー丶丨一ニハカエロタトへ〳〵") && !plainKana(label) {
		return false
	}
	if all(label, readLatin) {
		return true
	}
	for _, scripts := range writtenTogether {
		if all(label, func(r rune) bool { return unicode.In(r, scripts...) }) {
			return !all(label, func(r rune) bool { return strings.ContainsRune(likeLatin, r) })
		}
	}
	return false
}

// plainKana reports whether lookalikes of strokes and slashes stand among other
// letters of their script, and not among ASCII.
func plainKana(label string) bool {
	n := 0
	for _, r := range label {
		if r < 0x80 {
			return false
		}
		if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) {
			n++
		}
	}
	return n > 1
}

// all reports whether f holds for all letters and marks of a label.
func all(label string, f func(rune) bool) bool {
	for _, r := range label {
		if r == '-' || r >= '0' && r <= '9' || f(r) {
			continue
		}
		return false
	}
	return true
}

// readLatin reports whether r is a Latin letter of the living languages, and none
// that is taken for another, as the i without its dot is.
func readLatin(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z':
		return true
	case r == 'ı', r == 'ĸ', r == 'ŀ', r == 'ŉ', r == 'ſ', r == 'þ', r == 'ł':
		return r == 'þ' || r == 'ł'
	case r >= 0xDF && r <= 0x17F && r != 0xF7, r >= 0x218 && r <= 0x21B, r == 'ơ', r == 'ư', r >= 0x1EA0 && r <= 0x1EF9:
		return true
	}
	return false
}
