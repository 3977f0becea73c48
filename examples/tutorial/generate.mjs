#!/usr/bin/env node
// Writes the tutorial's capture: `node generate.mjs faf-exercise.pcap`.
import { writeFileSync } from 'node:fs'
import { tutorialCapture } from './capture.mjs'

const [path] = process.argv.slice(2)
if (path === undefined) {
  console.error('usage: generate.mjs FILE')
  process.exit(2)
}
try {
  writeFileSync(path, tutorialCapture())
} catch (error) {
  console.error(`generate.mjs: ${error.message}`)
  process.exitCode = 2
}
