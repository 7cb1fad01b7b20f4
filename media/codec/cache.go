package codec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// cache is what children found, for one set of drivers and libraries.
type cache struct {
	Versions string            `json:"versions"`
	Results  map[string]result `json:"results"` // by candidate's ID
}

// cacheVersion changes with what a probe looks for.
const cacheVersion = "1"

// A failure may have been the moment's: after this long it is tried again.
const failureAge = 24 * time.Hour

func cacheFile(folder string) string { return filepath.Join(folder, "codecs.json") }

func versions() string {
	return strings.Join(append([]string{cacheVersion, ffmpegVersion()}, driverVersions()...), "\n")
}

// openCache reads the cache. A missing, damaged or outdated one is empty.
func openCache(folder string) cache {
	now := cache{Versions: versions(), Results: map[string]result{}}
	if folder == "" {
		return now
	}
	b, err := os.ReadFile(cacheFile(folder))
	if err != nil {
		return now
	}
	var was cache
	if json.Unmarshal(b, &was) != nil || was.Versions != now.Versions {
		return now
	}
	for id, r := range was.Results {
		if age := time.Since(r.At); r.Works || age >= 0 && age < failureAge {
			now.Results[id] = r
		}
	}
	return now
}

// save writes the cache. Without it the next start probes again: no error worth
// telling.
func (c cache) save(folder string) {
	if folder == "" || len(c.Results) == 0 {
		return
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil || os.MkdirAll(folder, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(folder, ".codecs-*")
	if err != nil {
		return
	}
	_, err = f.Write(b)
	if f.Close() != nil || err != nil || os.Rename(f.Name(), cacheFile(folder)) != nil {
		os.Remove(f.Name())
	}
}
