module shimgate.dev/node/image

go 1.26.0
