package device

import "github.com/gen2brain/malgo"

// OpenStereoMicrophone is OpenMicrophone for music: a real device delivers
// interleaved stereo blocks of 2*BlockSamples, twice the same where it has one
// channel. Test and files stay mono.
func OpenStereoMicrophone(id string) (Capture, error) {
	c, err := OpenMicrophone(id)
	if _, real := c.(*sound); err == nil && real {
		return newSound(malgo.Capture, id, 2), nil // the one above was not started
	}
	return c, err
}
