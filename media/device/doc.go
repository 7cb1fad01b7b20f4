// Package device lists, watches and opens cameras, microphones, speakers and screens.
package device
