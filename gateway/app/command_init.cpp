// SPDX-License-Identifier: Apache-2.0
// init: the commented examples, as files to begin with.
#include <fstream>
#include <iostream>

#include "gateway/app/commands.hpp"
#include "xmpp/core/embedded.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;

struct Planned {
    fs::path file;
    std::string_view text;
};

std::vector<Planned> plan(const fs::path& main) {
    std::vector<Planned> files;
    for (const embedded::File& example : embedded::examples()) {
        const bool is_main = example.name == "sallyport.example.yaml";
        files.push_back(
            {is_main ? main : main.parent_path() / "transports" / "sms.yaml", example.text}
        );
    }
    return files;
}

int complain(const std::string& what, int exit) {
    std::cerr << "sallyport: " << what << "\n";
    return exit;
}

bool write(const Planned& planned) {
    std::error_code ignored;  // the file then tells
    fs::create_directories(planned.file.parent_path(), ignored);
    std::ofstream out(planned.file, std::ios::binary);
    out << planned.text;
    out.close();
    return !out.fail();
}

}  // namespace

int init_command(const Invocation& invocation) {
    if (!invocation.arguments.empty())
        return complain("init takes no arguments: -c names the file to write", Exit::usage);
    const fs::path main = fs::absolute(invocation.config_file).lexically_normal();
    const std::vector<Planned> files = plan(main);
    for (const Planned& planned : files)
        if (std::error_code failed; fs::exists(planned.file, failed))
            return complain(
                planned.file.string() + " exists already; nothing was written", Exit::configuration
            );
    for (const Planned& planned : files) {
        if (!write(planned))
            return complain("cannot write " + planned.file.string(), Exit::permission);
        std::cout << "wrote " << planned.file.string() << "\n";
    }
    std::cout << "Fill them in, then: sallyport check-config -c " << main.string() << "\n";
    return Exit::ok;
}

}  // namespace sallyport::app
