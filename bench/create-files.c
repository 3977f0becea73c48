/*
 * Creates files and nothing else: the least time that an extractor written in C would need for its output.
 * usage: create-files DIR < LIST, where each line of LIST is "LENGTH NAME". The bytes are arbitrary.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char block[1 << 20];

int main(int argc, char **argv)
{
    char name[4096];
    long length;
    if (argc != 2 || chdir(argv[1]) != 0) {
        perror("create-files");
        return 2;
    }
    memset(block, 'x', sizeof block);
    while (scanf("%ld %4095s", &length, name) == 2) {
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (fd < 0) {
            perror(name);
            return 1;
        }
        while (length > 0) {
            size_t part = length < (long)sizeof block ? (size_t)length : sizeof block;
            ssize_t done = write(fd, block, part);
            if (done < 0) {
                perror(name);
                return 1;
            }
            length -= done;
        }
        if (close(fd) != 0) {
            perror(name);
            return 1;
        }
    }
    return 0;
}
