// Package packet carries encoded pictures in RTP: an Assembler puts arriving
// packets in order and gives whole access units, whatever the network did to them.
package packet
