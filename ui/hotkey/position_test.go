package hotkey

import (
	"testing"

	"fyne.io/fyne/v2"
)

// The shortcuts' letters as other layouts type them, key by key.
func TestTyped_goesByTheKeyWhereTheLayoutIsNotLatin(t *testing.T) {
	if positions == nil {
		t.Skip("where keys stand is not known on this system")
	}
	const letters = "mvshcpitf"
	for layout, types := range map[string]string{
		"russian": "ьмырсзшеа", "ukrainian": "ьмірсзшеа", "bulgarian": "пэягъзсшо", "greek": "μωσηψπιτφ",
		"hebrew": "צהדיבפןאכ", "arabic": "ةرساؤحهفب", "persian": "ئرسازحهفب", "georgian": "მვსჰცპიტფ", "thai": "ทอห้แยระด", "korean": "ㅡㅍㄴㅗㅊㅔㅑㅅㄹ",
	} {
		typed := []rune(types)
		for i, want := range letters {
			scan := positions[fyne.KeyName(want-'a'+'A')]
			if got := Typed(typed[i], scan); got != want {
				t.Errorf("%s: %q on %q is taken for %q", layout, typed[i], want, got)
			}
		}
	}
}

func TestTyped_isTheLetterWhereTheLayoutIsLatin(t *testing.T) {
	at := func(name fyne.KeyName) int { return positions[name] }
	for _, c := range []struct {
		name string
		r    rune
		scan int
		want rune
	}{
		{"AZERTY's M beside the L", 'm', at("L") + 1, 'm'},
		{"AZERTY's comma on the M's place", ',', at("M"), ','},
		{"Dvorak's M is in its place", 'm', at("M"), 'm'},
		{"Dvorak's C on the I's place", 'c', at("I"), 'c'},
		{"Turkish dotless i", 'ı', at("I"), 'ı'},
		{"Czech", 'š', at("S"), 'š'},
		{"upper case", 'M', at("M"), 'M'},
		{"a digit of another script", '٣', at("E"), '٣'},
		{"a question mark", '?', at("M"), '?'},
		{"an Arabic question mark", '؟', at("M"), '?'},
		{"a sign on a letter's place", '€', at("E"), '€'},
		{"another script, without a place", 'ь', 999, 'ь'},
	} {
		if got := Typed(c.r, c.scan); got != c.want {
			t.Errorf("%s: %q is taken for %q, want %q", c.name, c.r, got, c.want)
		}
	}
}

func TestName_isThatOfThePlaceWhereThereIsNone(t *testing.T) {
	if positions == nil {
		t.Skip("where keys stand is not known on this system")
	}
	unknown := &fyne.KeyEvent{Physical: fyne.HardwareKey{ScanCode: positions[fyne.KeyBackTick]}}
	if got := Name(unknown); got != fyne.KeyBackTick {
		t.Errorf("Russian ё is the key %q, want %q", got, fyne.KeyBackTick)
	}
	if got := Name(&fyne.KeyEvent{Name: "M", Physical: unknown.Physical}); got != "M" {
		t.Errorf("a key with a name is %q, want its own", got)
	}
	if got := Name(&fyne.KeyEvent{}); got != fyne.KeyUnknown {
		t.Errorf("no key at all is %q", got)
	}
}
