// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/cli.hpp"

/// What jemalloc reads, if it is there: memory that a rush of logins needed goes back to the system
/// within a second, by a thread of its own. By default it is kept until something else is asked
/// for.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
    return sallyport::app::command_line({argv + 1, argv + argc});
}
