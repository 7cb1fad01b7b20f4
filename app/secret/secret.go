package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

// service is what the keyring's own program lists the entry under.
const service = "Foyer"

// answerWithin bounds a wait for the keyring: it may be locked and ask for its
// password, or its program may hang.
const answerWithin = time.Second

// errLate says that the keyring did not answer in time.
var errLate = errors.New("the keyring does not answer")

// Box holds one settings folder's secrets, by names of the owner's choice. Not
// safe for use by several goroutines at once.
type Box struct {
	file    string
	account string // in the keyring; empty uses the file alone
}

// File keeps secrets in folder/secrets.json.
func File(folder string) *Box { return &Box{file: filepath.Join(folder, "secrets.json")} }

// Keyring keeps them in the system's keyring, and in the file while that is out of
// reach.
func Keyring(folder string) *Box {
	b := File(folder)
	if full, err := filepath.Abs(folder); err == nil && keyringThere() {
		b.account = full
	}
	return b
}

// keyringThere is false where asking would start a message bus of its own.
func keyringThere() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	run := os.Getenv("XDG_RUNTIME_DIR")
	if run == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(run, "bus"))
	return err == nil
}

// Load returns what is kept in both places; the file is newer, as it is written
// only while the keyring is out of reach. What cannot be read is missing. move says
// that the file's part should be saved again: the keyring is back.
func (b *Box) Load() (all map[string]string, move bool) {
	all = map[string]string{}
	if account := b.account; account != "" {
		text, err := ask(func() (string, error) { return keyring.Get(service, account) })
		switch {
		case err == nil:
			_ = json.Unmarshal([]byte(text), &all)
		case !errors.Is(err, keyring.ErrNotFound):
			b.account = "" // what it holds stays as it is
		}
	}
	kept, err := os.ReadFile(b.file)
	if err != nil {
		return all, false
	}
	waiting := map[string]string{}
	_ = json.Unmarshal(kept, &waiting)
	maps.Copy(all, waiting)
	return all, b.account != ""
}

// Save keeps these and no others. A keyring that cannot keep them is not asked
// again.
func (b *Box) Save(all map[string]string) error {
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("keep secrets: %w", err)
	}
	if account := b.account; account != "" {
		_, err := ask(func() (string, error) { return "", keyring.Set(service, account, string(text)) })
		if err == nil {
			if err := os.Remove(b.file); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("remove secrets that the keyring holds: %w", err)
			}
			return nil
		}
		b.account = ""
	}
	return b.write(text)
}

func (b *Box) write(text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(b.file), ".secrets-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep secrets: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), b.file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keep secrets: %w", err)
	}
	return nil
}

// ask waits for the keyring no longer than answerWithin. Its library takes no
// context: a call that nobody answers ends with the process, so f must not read what
// its caller may change afterwards.
func ask(f func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := f()
		got <- answer{text, err}
	}()
	late := time.NewTimer(answerWithin)
	defer late.Stop()
	select {
	case a := <-got:
		return a.text, a.err
	case <-late.C:
		return "", errLate
	}
}
