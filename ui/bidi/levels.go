package bidi

import "golang.org/x/text/unicode/bidi"

// item is a character, or an isolate as a whole, which its surroundings treat as a neutral.
type item struct {
	r       rune
	isolate []rune // what is isolated
	kind    isolateKind
	first   bidi.Class // as the tables have it
	class   bidi.Class // as the rules resolve it
	level   int8
}

type isolateKind uint8

const (
	none isolateKind = iota
	byFirst
	leftToRight
	rightToLeft
)

// openBrackets bounds the stack of rule BD16.
const openBrackets = 63

// parse makes items of a line. Embeddings and overrides are dropped: nothing here writes them.
func parse(s []rune) []item {
	items := make([]item, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := class(s[i])
		x := item{r: s[i], first: c, class: c}
		switch c {
		case bidi.LRE, bidi.RLE, bidi.LRO, bidi.RLO, bidi.PDF, bidi.PDI:
			continue
		case bidi.FSI, bidi.LRI, bidi.RLI:
			end := matching(s, i)
			x.kind = map[bidi.Class]isolateKind{bidi.FSI: byFirst, bidi.LRI: leftToRight, bidi.RLI: rightToLeft}[c]
			x.isolate, x.first, x.class = s[i+1:end], bidi.ON, bidi.ON
			i = end
		}
		items = append(items, x)
	}
	return items
}

// matching returns where the isolate ends that begins at i (rule BD9).
func matching(s []rune, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch class(s[i]) {
		case bidi.FSI, bidi.LRI, bidi.RLI:
			depth++
		case bidi.PDI:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

func class(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

// resolve gives each item its level in a line of that direction.
func resolve(items []item, rtl bool) {
	base, e := int8(0), bidi.L
	if rtl {
		base, e = 1, bidi.R
	}
	weak(items, e)
	brackets(items, e)
	neutral(items, e)
	for i := range items {
		x := &items[i]
		x.level = base
		switch x.class { // I1, I2
		case bidi.R:
			x.level = 1
		case bidi.AN, bidi.EN:
			x.level = 2
		case bidi.L:
			x.level = 2 * base
		}
	}
	for i := len(items) - 1; i >= 0 && items[i].first == bidi.WS; i-- { // L1
		items[i].level = base
	}
}

// weak applies W1 to W7. Joiners go with what stands before them, as marks do.
func weak(x []item, e bidi.Class) {
	last := e
	for i := range x { // W1
		if x[i].class == bidi.NSM || x[i].class == bidi.BN {
			x[i].class = last
		}
		last = x[i].class
	}
	strong := e
	for i := range x { // W2, W3
		switch x[i].class {
		case bidi.L, bidi.R:
			strong = x[i].class
		case bidi.AL:
			strong, x[i].class = bidi.AL, bidi.R
		case bidi.EN:
			if strong == bidi.AL {
				x[i].class = bidi.AN
			}
		}
	}
	for i := 1; i+1 < len(x); i++ { // W4
		before, after := x[i-1].class, x[i+1].class
		if before == after && (before == bidi.EN && (x[i].class == bidi.ES || x[i].class == bidi.CS) || before == bidi.AN && x[i].class == bidi.CS) {
			x[i].class = before
		}
	}
	for i := 0; i < len(x); i++ { // W5, W6
		if x[i].class != bidi.ET {
			continue
		}
		end := i
		for end < len(x) && x[end].class == bidi.ET {
			end++
		}
		to := bidi.ON
		if i > 0 && x[i-1].class == bidi.EN || end < len(x) && x[end].class == bidi.EN {
			to = bidi.EN
		}
		for ; i < end; i++ {
			x[i].class = to
		}
		i--
	}
	strong = e
	for i := range x { // W6, W7
		switch x[i].class {
		case bidi.ES, bidi.CS:
			x[i].class = bidi.ON
		case bidi.L, bidi.R:
			strong = x[i].class
		case bidi.EN:
			if strong == bidi.L {
				x[i].class = bidi.L
			}
		}
	}
}

// direction is L or R for what counts as one of them among neutrals.
func direction(c bidi.Class) (bidi.Class, bool) {
	switch c {
	case bidi.L:
		return bidi.L, true
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R, true
	}
	return bidi.ON, false
}

// brackets applies N0.
func brackets(x []item, e bidi.Class) {
	type open struct {
		closes rune
		at     int
	}
	var stack []open
	closing := make(map[int]int)
	for i := range x {
		p, _ := bidi.LookupRune(x[i].r)
		if x[i].kind != none || x[i].class != bidi.ON || !p.IsBracket() {
			continue
		}
		if p.IsOpeningBracket() {
			if len(stack) == openBrackets {
				break
			}
			stack = append(stack, open{[]rune(bidi.ReverseString(string(x[i].r)))[0], i})
			continue
		}
		for k := len(stack) - 1; k >= 0; k-- {
			if stack[k].closes == x[i].r {
				closing[stack[k].at] = i
				stack = stack[:k]
				break
			}
		}
	}
	before := e // the last strong direction
	for i := range x {
		if end, ok := closing[i]; ok {
			if to, ok := within(x[i+1:end], e, before); ok {
				set(x, i, to)
				set(x, end, to)
			}
		}
		if d, ok := direction(x[i].class); ok {
			before = d
		}
	}
}

// within decides the direction of a pair of brackets by what stands in and before it.
func within(x []item, e, before bidi.Class) (bidi.Class, bool) {
	other := false
	for i := range x {
		if d, ok := direction(x[i].class); ok {
			if d == e {
				return e, true
			}
			other = true
		}
	}
	if other && before != e {
		return before, true
	}
	return e, other
}

// set changes a bracket, and the marks on it.
func set(x []item, i int, to bidi.Class) {
	x[i].class = to
	for i++; i < len(x) && x[i].first == bidi.NSM; i++ {
		x[i].class = to
	}
}

// neutral applies N1 and N2.
func neutral(x []item, e bidi.Class) {
	before := e
	for i := 0; i < len(x); i++ {
		if d, ok := direction(x[i].class); ok {
			before = d
			continue
		}
		end, after := i, e
		for end < len(x) {
			if d, ok := direction(x[end].class); ok {
				after = d
				break
			}
			end++
		}
		to := e
		if before == after {
			to = before
		}
		for ; i < end; i++ {
			x[i].class = to
		}
		i--
	}
}
