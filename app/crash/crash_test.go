package crash

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain is also the process that crashes.
func TestMain(m *testing.M) {
	if folder := os.Getenv("FOYER_TEST_CRASH"); folder != "" {
		if _, err := Record(folder, "1.2.3"); err != nil {
			os.Exit(3)
		}
		go func() { panic("a bug at foyer://example.org/r?code=c0dec0de#k=AAECAw&fp=BBBB with eyJh.eyJi.c_d-") }()
		select {}
	}
	os.Exit(m.Run())
}

func TestACrashIsReportedOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "crashes")
	if Take(folder) != "" {
		t.Error("a report without a crash")
	}
	for range Max + 2 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "FOYER_TEST_CRASH="+folder)
		if c.Run() == nil {
			t.Fatal("it did not crash")
		}
	}
	stop, err := Record(folder, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	path := Take(folder)
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), "panic: a bug") || !strings.Contains(path, "1.2.3") {
		t.Errorf("%s: %v\n%s", path, err, b)
	}
	for _, secret := range []string{"c0dec0de", "AAECAw", "eyJ"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("the report holds %s", secret)
		}
	}
	if again := Take(folder); again != "" {
		t.Errorf("offered again: %s", again)
	}
	stop()
	if left, _ := os.ReadDir(folder); len(left) != Max {
		t.Errorf("%d files are kept", len(left))
	}
}
