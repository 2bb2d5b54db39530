import "mergefetch/worker-thread";
