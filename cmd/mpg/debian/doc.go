// Package debian holds the Debian package of mpg: nfpm.yaml says what is in it, and
// postinst, prerm and postrm are its maintainer scripts. `make deb` builds it from
// what `make install` installs.
//
// The rest tests it. The tests install the package in a root file system of their own,
// run the commands of README there, start the daemon as the unit would, and make one
// payment, with the mpg.toml that the package ships. Reading order:
//
//	main_test.go     the package is built once, and the tests run in namespaces
//	root_test.go     a root file system over that of the machine, or over a bare Debian
//	unit_test.go     the daemon with the user, folders and rights of mpg.service
//	around_test.go   a simulated SMSC and trunk where the shipped file expects them
//	readme_test.go   the lines of README
//	package_test.go  what is installed, what a payment does, what a purge leaves
//
// They need root; otherwise they are skipped with a message, or fail if
// MPG_PEERS=require. `make soak-debian` runs them on a minimal Debian made by
// debootstrap.
package debian
