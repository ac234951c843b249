"""What wires share: frames on disk before anybody is told that they arrived, and followers that bring them in once.

Source: docs/adr/0344-frames-before-answers.md.
"""
