package audio

// millisecond is in samples at 48 kHz.
const millisecond = SampleRate / 1000

// frameSamples is how long each frame of an Opus packet is, by the configuration in
// its first byte (RFC 6716, 3.1).
func frameSamples(toc byte) int {
	config := int(toc >> 3)
	switch {
	case config < 12:
		return [4]int{10, 20, 40, 60}[config&3] * millisecond
	case config < 16:
		return [2]int{10, 20}[config&1] * millisecond
	default:
		return 5 * millisecond / 2 << (config & 3)
	}
}

// opusSamples is how long an Opus packet plays, per channel; 0 where it is no packet
// (RFC 6716, 3.2).
func opusSamples(payload []byte) int {
	if len(payload) == 0 {
		return 0
	}
	frames := 1
	switch payload[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(payload) < 2 {
			return 0
		}
		frames = int(payload[1] & 63)
	}
	if n := frames * frameSamples(payload[0]); n <= maxPacket {
		return n
	}
	return 0
}

// opusFEC says whether an Opus packet carries the sound before it: its first SILK
// frame's LBRR flag, which follows one flag of activity for each 20 ms (RFC 6716,
// 4.2.3). They are coded as plain bits.
func opusFEC(payload []byte) bool {
	if len(payload) < 2 || payload[0]>>3 >= 16 { // CELT only
		return false
	}
	at := 1
	switch payload[0] & 3 {
	case 2:
		if at++; payload[1] >= 252 {
			at++
		}
	case 3:
		at = 2
		if payload[1]&0x40 != 0 { // padding
			for at < len(payload) {
				at++
				if payload[at-1] != 255 {
					break
				}
			}
		}
		if payload[1]&0x80 != 0 { // each frame's length but the last's
			for range int(payload[1]&63) - 1 {
				if at < len(payload) && payload[at] >= 252 {
					at++
				}
				at++
			}
		}
	}
	if at >= len(payload) {
		return false
	}
	inner := max(frameSamples(payload[0])/(20*millisecond), 1)
	flags := payload[at]
	if flags>>(7-inner)&1 != 0 {
		return true
	}
	stereo := payload[0]&4 != 0
	return stereo && flags>>(6-2*inner)&1 != 0
}

// opusPause says that a packet is the last before a pause of DTX: it holds no sound,
// or next to none.
func opusPause(payload []byte) bool { return len(payload) <= 2 }
