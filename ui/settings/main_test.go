package settings

import (
	"cmp"
	"os"
	"testing"

	_ "foyer/internal/locale" // as the program has it
	"foyer/ui/language"
)

func TestMain(m *testing.M) {
	// Texts are looked for in English, whatever this machine speaks.
	if err := language.Use(cmp.Or(os.Getenv("FOYER_TEST_LANGUAGE"), "en")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
