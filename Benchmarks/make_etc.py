"""A tree like a large /etc: make_etc.py FOLDER FILES SEED. The same seed gives the same tree."""

import os
import random
import sys

WORDS = """address allow backend cache certificate client cluster config connection default deny directory enable
error file filter group handler header host include interface key level limit listen local log mapping max memory
mode module name network option output path policy pool port prefix protocol proxy queue rate remote resolver route
rule schedule server service session size socket source storage target thread timeout token type upstream user value
volume weight worker zone""".split()
FOLDERS = ["nginx", "ssl", "systemd", "apt", "puppet", "kubernetes", "pam", "network", "app", "sites"]


def line(chance):
    kind = chance.random()
    if kind < 0.2:
        return "# " + " ".join(chance.choices(WORDS, k=chance.randint(3, 12)))
    if kind < 0.25:
        return ""
    if kind < 0.35:
        return f"[{chance.choice(WORDS)}.{chance.choice(WORDS)}]"
    value = chance.choice(["true", "false", str(chance.randint(0, 65535)), "/" + "/".join(chance.choices(WORDS, k=3)),
                           f"10.{chance.randint(0, 255)}.{chance.randint(0, 255)}.1", chance.choice(WORDS)])
    return f"{chance.choice(WORDS)}_{chance.choice(WORDS)} = {value}"


def main():
    root, count, chance = sys.argv[1], int(sys.argv[2]), random.Random(int(sys.argv[3]))
    folders = [root]
    while len(folders) < count // 12:
        parent = chance.choice(folders)
        if parent.count("/") - root.count("/") > 6:
            continue
        folder = os.path.join(parent, f"{chance.choice(FOLDERS)}-{len(folders)}")
        os.makedirs(folder)
        folders.append(folder)
    for number in range(count):
        path = os.path.join(chance.choice(folders), f"{chance.choice(WORDS)}-{number}.conf")
        kind = chance.random()
        if kind < 0.08:
            os.symlink(f"../{chance.choice(WORDS)}.conf", path)
        elif kind < 0.09:
            with open(path, "wb") as file:
                file.write(bytes(chance.randbytes(chance.randint(1000, 20000))) + b"\0")
        else:
            # Half of the files of an /etc are below some 900 bytes; a few are a hundred times as large.
            lines = min(int(chance.lognormvariate(3.3, 1.1)) + 1, 4000)
            text = [line(chance) for _ in range(lines)]
            # One file in a hundred holds a password: what a new process reads again, to know it elsewhere.
            if number % 100 == 0:
                text.append(f"database_password = {random.Random(number).getrandbits(96):024x}")
            with open(path, "w") as file:
                file.write("\n".join(text) + "\n")


main()
