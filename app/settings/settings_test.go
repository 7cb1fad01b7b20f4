package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"foyer/app/invite"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, kept, err := Open(dir)
	if err != nil || kept != "" {
		t.Fatal(kept, err)
	}
	return s
}

func TestWhatWasChosenComesBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "foyer")
	s := open(t, dir)
	secret := s.Get().Client
	if len(secret) < 20 {
		t.Errorf("secret %q", secret)
	}
	for i := range RecentMax + 3 {
		if err := s.Update(func(v *Settings) {
			v.Name = "Ada"
			v.Remember(Meeting{Link: fmt.Sprint("link", i), At: time.Unix(int64(i), 0)})
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Update(func(v *Settings) { v.Remember(Meeting{Link: "link7"}) }); err != nil {
		t.Fatal(err)
	}
	v := open(t, dir).Get()
	if v.Name != "Ada" || v.Client != secret || len(v.Recent) != RecentMax || v.Recent[0].Link != "link7" || v.Recent[1].Link != "link10" {
		t.Errorf("%+v", v)
	}
	fi, err := os.Stat(filepath.Join(dir, "settings.json"))
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
}

func TestAKeyIsRememberedForItsRoomAlone(t *testing.T) {
	l := invite.Link{Host: "meet.example.org", Room: "standup", Code: "c", Key: invite.NewKey()}
	var s Settings
	s.Remember(Meeting{Link: l.String()})
	s.Remember(Meeting{Link: "wss://meet.example.org a.b.c"})
	s.Remember(Meeting{Link: "meet.example.org/standup?code=other"})
	if got := s.Key(l.Host, l.Room); !bytes.Equal(got, l.Key) {
		t.Errorf("the key is %x, want %x", got, l.Key)
	}
	for _, o := range [][2]string{{"meet.example.org:7443", "standup"}, {"meet.example.com", "standup"}, {"meet.example.org", "Standup"}} {
		if got := s.Key(o[0], o[1]); got != nil {
			t.Errorf("%v has the key %x", o, got)
		}
	}
}

func TestCorruptFileIsKeptAside(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte("{nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, kept, err := Open(dir)
	if err != nil || kept == "" {
		t.Fatal(kept, err)
	}
	if b, err := os.ReadFile(kept); err != nil || string(b) != "{nonsense" {
		t.Errorf("%q, %v", b, err)
	}
	if s.Get().Client == "" {
		t.Error("no defaults")
	}
}

func TestFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(filepath.Join(file, "foyer")); !errors.Is(err, ErrFolder) {
		t.Errorf("%v", err)
	}
}

func TestVolumesComeBackAndAreBounded(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Update(func(v *Settings) {
		for i := range VolumesMax + 5 {
			v.SetVolume(Volume{Identity: fmt.Sprint("p", i), Gain: 0.5})
		}
		v.SetVolume(Volume{Identity: "p7", Gain: 1, Muted: true})
		v.SetVolume(Volume{Identity: "p9", Gain: 1})
	}); err != nil {
		t.Fatal(err)
	}
	v := open(t, dir).Get().Volumes
	if len(v) != VolumesMax-1 || v[0] != (Volume{"p7", 1, true}) || v[1].Identity != fmt.Sprint("p", VolumesMax+4) {
		t.Errorf("%d: %+v", len(v), v[:2])
	}
	for _, x := range v {
		if x.Identity == "p9" || x.Identity == "p0" {
			t.Errorf("%+v is kept", x)
		}
	}
}
