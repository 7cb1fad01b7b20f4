//go:build !linux && !darwin && !windows

package codec

func systemCandidates() []candidate { return nil }

func driverVersions() []string { return nil }
