// Package debian holds the Debian package of mpg: nfpm.yaml says what is in it, and
// postinst, prerm and postrm are its maintainer scripts. `make deb` builds it from
// what `make install` installs.
//
// The rest is its proof. The tests install the package in a root file system of their
// own, type the lines of README there, start the daemon as the unit would, and pay
// once, with the mpg.toml that the package ships. In the order in which to read them:
//
//	main_test.go     the package is built once, and the tests run in namespaces
//	root_test.go     a root file system over that of the machine, or over a bare Debian
//	unit_test.go     the daemon with the user, folders and rights of mpg.service
//	around_test.go   a simulated SMSC and trunk where the shipped file expects them
//	readme_test.go   the lines of README
//	package_test.go  what is installed, what a payment does, what a purge leaves
//
// They need root, and say so where they are skipped; with MPG_PEERS=require they fail
// instead. `make soak-debian` runs them on a Debian made by debootstrap, which has
// nothing that a minimal system has not.
package debian
