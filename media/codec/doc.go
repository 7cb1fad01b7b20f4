// Package codec encodes and decodes video, hardware first, software always.
//
// Software: libvpx for VP8 and VP9, libx264 through FFmpeg where the system's has it,
// else and for text OpenH264 (encode) and FFmpeg (decode) for H.264, libaom (encode) and dav1d through FFmpeg (decode) for AV1. Hardware:
// through FFmpeg's libraries, 5.1 and later. Whether a driver works is found out in
// child processes (Configure, Probe, FindHardware) and kept until drivers or
// libraries change; hardware that fails or hangs while running gives way to
// software within one key frame.
//
// # Measurements
//
// By the benchmarks of this package on two cores of an AMD EPYC that had other work
// too, one thread each, 1.5 Mbit/s asked; processor time per picture, luminance
// PSNR. Camera: a textured scene with a moving head and sensor noise, 1280x720 at
// 30 pictures a second. Text: a page of dense text, 1920x1080 at 15 pictures a
// second, scrolled by 7 pixels a picture.
//
//	encoder                         camera              text, scrolled
//	libvpx 1.12 VP8, cpu-used -6     8.8 ms  42.5 dB    22 ms  31.9 dB  1272 kbit/s
//	libvpx 1.12 VP9, cpu-used 9     10.1 ms  43.2 dB    47 ms  34.9 dB  1358 kbit/s
//	OpenH264 2.3                     6.2 ms  41.5 dB    27 ms  36.6 dB  1729 kbit/s
//	libx264 164, superfast           5.8 ms  42.8 dB    12 ms  25.7 dB  1194 kbit/s
//	the same in High profile         7.2 ms  42.9 dB
//	libaom 3.6, cpu-used 9          16.4 ms  43.5 dB    43 ms  61.5 dB   776 kbit/s
//
// libx264 spends 1340 kbit/s on the camera. ultrafast takes 3.7 ms for 41.2 dB,
// veryfast 10.4 for 42.8. SVT-AV1 1.4 (low delay, preset 10 and 12: 23 and 7 ms) is not
// taken: its pictures come out some pictures late, and its rate cannot be changed.
//
// On a natural clip, called directly: VP8 38.7 dB, VP9 39.2, OpenH264 37.1, libaom
// 39.8. Decoding 1280x720 takes 1.2 to 2.3 ms there, in all four.
//
// So Choose takes AV1 for text wherever a machine can pay for it, and hardware,
// AV1, VP9 or VP8 for a camera, in the order of quality that the machine allows.
// A page of dense text is legible in the first picture at 1280x720 and 1.5 Mbit/s:
// at least 33 dB in every codec, without loss in AV1.
package codec
