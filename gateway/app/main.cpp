// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/cli.hpp"

int main(int argc, char** argv) {
    return sallyport::app::command_line({argv + 1, argv + argc});
}
